/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Feeds files to a fuzz target, one after the other: the corpus at every check, and a finding when it is looked into. With -Dfuzz=true
 * libFuzzer takes its place.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX = 64 * 1024 * 1024, PATH_SIZE = 4096 };

/* The file's bytes in memory of exactly its size, so that a read past the end is seen. */
static int feed(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat st;
    uint8_t *data = NULL;
    int result = 1;

    if (file && fstat(fileno(file), &st) == 0 && st.st_size <= FILE_MAX) {
        size_t size = (size_t)st.st_size;

        data = malloc(size ? size : 1);
        if (data && fread(data, 1, size, file) == size) {
            LLVMFuzzerTestOneInput(data, size);
            result = 0;
        }
    }
    if (result != 0)
        fprintf(stderr, "%s: cannot be read\n", path);
    free(data);
    if (file)
        fclose(file);
    return result;
}

static int feed_folder(const char *path, unsigned *count)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int result = 0;

    if (!dir) {
        ++*count;
        return feed(path);
    }
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        char name[PATH_SIZE];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        result = feed(name);
        ++*count;
    }
    closedir(dir);
    return result;
}

int main(int count, char **paths)
{
    unsigned files = 0;
    int result = 0;

    for (int i = 1; i < count && result == 0; i++)
        result = feed_folder(paths[i], &files);
    printf("%u inputs\n", files);
    return result != 0 || files == 0;
}
