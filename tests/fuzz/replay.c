/* Runs a fuzz target over the files of its corpus, and over what is short enough to be tried whole: part of the ordinary tests,
   with any compiler. Usage: replay_X corpus/fuzz_X */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { INPUT_MAX = 4 << 20 };

/* In an allocation that ends where the input ends, so that a sanitizer sees one byte further. */
static void one(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n == 0 ? 1 : n);
    if (exact == NULL) abort();
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static int one_file(int folder, const char *name, uint8_t *room)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    size_t have = 0;
    ssize_t n;
    while (have < INPUT_MAX && (n = read(fd, room + have, INPUT_MAX - have)) > 0) have += (size_t)n;
    close(fd);
    one(room, have);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) return 64;
    if (LLVMFuzzerInitialize != NULL) LLVMFuzzerInitialize(&argc, &argv);
    one((const uint8_t *)"", 0);
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b += 51) one((const uint8_t[]){(uint8_t)a, (uint8_t)b}, b == 0 ? 1 : 2);
    }
    DIR *folder = opendir(argv[1]);
    uint8_t *room = malloc(INPUT_MAX);
    int count = 0;
    if (folder == NULL || room == NULL) {
        fprintf(stderr, "%s: no corpus\n", argv[1]);
        return 1;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.') count += one_file(dirfd(folder), entry->d_name, room);
    closedir(folder);
    free(room);
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
