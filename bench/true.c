// The command that every start in these tables runs: as little as a program can do.
int main(void) { return 0; }
