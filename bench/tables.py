"""Markdown tables, printed row by row."""


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def heading(text, *columns):
    print(f"\n### {text}\n")
    row(*columns)
    row("---", *["---:"] * (len(columns) - 1))
