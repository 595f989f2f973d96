"use strict";
(() => {
  const svg = document.querySelector("main svg");
  const drawing = svg.querySelector(".drawing");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const rooms = all("g.room", drawing);
  const parent = new Map(rooms.map((room) => [room.dataset.room, room.dataset.parent]));
  const wall = new Map(rooms.map((room) => [room.dataset.room, room]));
  const parts = new Map();
  for (const element of all("[data-room]", drawing)) {
    const room = element.dataset.room;
    if (!parts.has(room)) parts.set(room, []);
    parts.get(room).push(element);
  }
  const wires = all("path.wire", drawing).map((path) => ({ path, rooms: path.dataset.rooms.split(" ") }));

  // Zoom: what part of the picture is shown.
  const whole = svg.viewBox.baseVal;
  const full = { x: 0, y: 0, w: whole.width, h: whole.height };
  let view = { ...full };
  const show = () => {
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
    // From far away only names can be read, if they are large.
    svg.classList.toggle("far", scale() > 1.9);
  };
  // Not larger than life if all fits.
  const fit = (box = full, margin = 0) => {
    const w = Math.max(box.w + 2 * margin, svg.clientWidth / 1.5);
    const h = Math.max(box.h + 2 * margin, svg.clientHeight / 1.5);
    view = { x: box.x - (w - box.w) / 2, y: box.y - (h - box.h) / 2, w, h };
    show();
  };
  const scale = () => Math.max(view.w / svg.clientWidth, view.h / svg.clientHeight);
  const zoom = (factor, at) => {
    const w = view.w * factor;
    if (w > full.w * 8 || w < 60) return;
    const x = at ? at.x : view.x + view.w / 2;
    const y = at ? at.y : view.y + view.h / 2;
    view = { x: x - (x - view.x) * factor, y: y - (y - view.y) * factor, w, h: view.h * factor };
    show();
  };
  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { x: point.x, y: point.y };
  };
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.ctrlKey || Math.abs(event.deltaY) >= Math.abs(event.deltaX)) {
      zoom(Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 100) / 400), place(event));
    } else {
      view.x += event.deltaX * scale();
      show();
    }
  }, { passive: false });
  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    // Text is there to be selected.
    if (event.button !== 0 || event.target.closest("text")) return;
    drag = { x: event.clientX, y: event.clientY, from: { ...view }, scale: scale() };
    svg.setPointerCapture(event.pointerId);
    svg.classList.add("dragged");
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    view.x = drag.from.x - (event.clientX - drag.x) * drag.scale;
    view.y = drag.from.y - (event.clientY - drag.y) * drag.scale;
    show();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, () => {
      drag = null;
      svg.classList.remove("dragged");
    });
  }
  const shift = drawing.transform.baseVal.consolidate().matrix.e;
  const box = (room) => {
    const rect = wall.get(room).querySelector("rect");
    const value = (name) => Number(rect.getAttribute(name));
    return { x: value("x") + shift, y: value("y"), w: value("width"), h: value("height") };
  };
  document.getElementById("in").onclick = () => zoom(0.75);
  document.getElementById("out").onclick = () => zoom(1 / 0.75);
  document.getElementById("fit").onclick = () => fit();

  for (const words of all("g.words", drawing)) {
    const title = words.querySelector(".title");
    if (!title) continue;
    const room = box(words.dataset.room);
    const length = title.getComputedTextLength();
    if (length > 0) title.style.setProperty("--far", `${Math.max(13, Math.min(30, 13 * (room.w - 20) / length))}px`);
  }

  // Fold: what is inside a room is hidden, and said in a word.
  const folded = new Set();
  const isHidden = (room) => {
    for (let around = parent.get(room); around !== undefined && around !== "-1"; around = parent.get(around)) {
      if (folded.has(around)) return true;
    }
    return false;
  };
  const inside = (room) => rooms.filter((other) => {
    for (let around = parent.get(other.dataset.room); around !== undefined; around = parent.get(around)) {
      if (around === room) return true;
    }
    return false;
  }).length;
  const refresh = () => {
    for (const [room, elements] of parts) {
      const hide = isHidden(room);
      for (const element of elements) element.classList.toggle("hidden", hide);
    }
    for (const wire of wires) {
      wire.path.classList.toggle("hidden", wire.rooms.some(isHidden));
    }
    for (const sum of all(".folded", svg)) sum.remove();
    for (const room of folded) {
      if (isHidden(room)) continue;
      const at = box(room);
      const text = document.createElementNS(svg.namespaceURI, "text");
      text.setAttribute("class", "note folded");
      text.setAttribute("text-anchor", "middle");
      text.setAttribute("x", at.x - shift + at.w / 2);
      text.setAttribute("y", at.y + at.h / 2 + 16);
      const count = inside(room);
      text.textContent = `${count} ${count === 1 ? "room" : "rooms"} inside`;
      drawing.append(text);
    }
  };
  const fold = (room) => {
    if (!folded.delete(room)) folded.add(room);
    refresh();
  };
  for (const words of all("g.words", drawing)) {
    const room = words.dataset.room;
    const title = words.querySelector(".title");
    if (!title || inside(room) === 0) continue;
    title.classList.add("fold");
    title.addEventListener("click", () => {
      if (String(getSelection()) === "") fold(room);
    });
  }

  // Hover: the lines of what is pointed at.
  const light = (room, path) => {
    const lit = wires.filter((wire) => (path ? wire.path === path : wire.rooms.includes(room)));
    const ends = new Set(lit.flatMap((wire) => wire.rooms));
    for (const wire of wires) wire.path.classList.toggle("lit", lit.includes(wire));
    for (const tab of all("g.tab", drawing)) {
      tab.classList.toggle("lit", lit.length > 0 && ends.has(tab.dataset.room) && (path !== undefined || tab.dataset.room === room));
    }
  };
  svg.addEventListener("pointerover", (event) => {
    const element = event.target.closest(".drawing [data-room], .drawing path.wire");
    if (!element) return light("none");
    if (element.matches("path.wire")) return light(undefined, element);
    light(element.dataset.room);
  });
  svg.addEventListener("pointerleave", () => light("none"));

  // Search: rooms with all the words, in the outline and in the picture.
  const outline = document.getElementById("outline");
  const entries = all("details[data-room]", outline);
  const own = new Map(entries.map((entry) => {
    const texts = [entry.querySelector("summary").textContent];
    for (const child of entry.children) {
      if (!child.matches("details[data-room], summary")) texts.push(child.textContent);
    }
    const room = entry.dataset.room;
    for (const element of parts.get(room) || []) texts.push(element.textContent);
    return [room, texts.join("\n").toLowerCase()];
  }));
  let hits = [];
  let current = -1;
  const find = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    hits = words.length === 0 ? [] : Array.from(own.keys()).filter((room) => room !== "0" && words.every((word) => own.get(room).includes(word)));
    current = -1;
    const kept = new Set();
    for (const hit of hits) {
      for (let room = hit; room !== undefined && room !== "-1"; room = parent.get(room)) kept.add(room);
    }
    const active = words.length > 0;
    for (const [room, elements] of parts) {
      for (const element of elements) {
        element.classList.toggle("dim", active && !kept.has(room));
        element.classList.toggle("hit", active && hits.includes(room) && element.matches(".room"));
      }
    }
    for (const wire of wires) wire.path.classList.toggle("dim", active && wire.rooms.filter((room) => kept.has(room)).length < Math.min(2, wire.rooms.length));
    for (const entry of entries) {
      entry.classList.toggle("away", active && !kept.has(entry.dataset.room));
      if (active && kept.has(entry.dataset.room)) entry.open = true;
    }
    found.textContent = active ? `${hits.length} of ${own.size - 1}` : "";
  };
  const go = (room) => {
    for (let around = parent.get(room); around !== undefined && around !== "-1"; around = parent.get(around)) {
      folded.delete(around);
    }
    refresh();
    fit(box(room), 60);
  };
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hits.length > 0) {
      current = (current + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
      go(hits[current]);
    } else if (event.key === "Escape") {
      search.value = "";
      find();
      fit();
    }
  });
  for (const entry of entries) {
    entry.querySelector("summary").addEventListener("dblclick", () => go(entry.dataset.room));
    entry.addEventListener("pointerenter", () => light(entry.dataset.room));
    entry.addEventListener("pointerleave", () => light("none"));
  }
  document.addEventListener("keydown", (event) => {
    if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); search.focus(); }
    else if (event.key === "+" || event.key === "=") zoom(0.75);
    else if (event.key === "-") zoom(1 / 0.75);
    else if (event.key === "0") fit();
  });
  addEventListener("resize", () => fit());
  fit();
  // What is behind # is looked for at once.
  if (location.hash.length > 1) {
    try { search.value = decodeURIComponent(location.hash.slice(1)); } catch { /* It is no text. */ }
    find();
    if (hits.length === 1) go(hits[0]);
  }
  document.documentElement.dataset.ready = "yes";
})();
