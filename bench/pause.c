// Waits for ever: the command that runs while the memory of the program that started it is measured.
#include <unistd.h>
int main(void) {
    for (;;) pause();
}
