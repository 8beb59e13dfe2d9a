#include "rules/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void name_of(struct id id, char out[static ID_TEXT + 1])
{
    id_write(id, out);
    out[ID_TEXT] = '\0';
}

static struct err start(int dir, struct id id, struct id subject, struct span key, int flags, struct sealed_file *f)
{
    char name[ID_TEXT + 1];
    name_of(id, name);
    *f = (struct sealed_file){.fd = -1, .dir = dir, .id = id, .subject = subject, .key = key};
    f->room = malloc(FILE_SEALED_CHUNK_BYTES);
    if (f->room == NULL) return FAIL(OUT_OF_MEMORY);
    f->fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (f->fd >= 0) return OK;
    int why = errno;
    sealed_file_close(f);
    return why == ENOENT ? FAIL(NOT_FOUND) : FAIL(STORAGE);
}

struct err sealed_file_create(int dir, struct id id, struct id subject, struct span key, struct sealed_file *file_out)
{
    return start(dir, id, subject, key, O_WRONLY | O_CREAT | O_EXCL, file_out);
}

static struct vault_request ask_for(const struct sealed_file *f, enum vault_op_kind kind, uint64_t chunk, bool last, struct span in)
{
    return (struct vault_request){.kind = kind, .purpose = PURPOSE_MEDIA_CHUNK, .person = f->subject, .row = f->id,
                                  .version = chunk * 2 + last, .key = f->key, .in = in};
}

struct vault_request sealed_file_seal(const struct sealed_file *file, struct span plain, bool last)
{
    return ask_for(file, VAULT_SEAL, file->chunks, last, plain);
}

struct err sealed_file_write(struct sealed_file *file, struct span sealed, size_t plain_bytes)
{
    off_t at = (off_t)(file->chunks * FILE_SEALED_CHUNK_BYTES);
    for (size_t done = 0; done < sealed.n;) {
        ssize_t n = pwrite(file->fd, sealed.p + done, sealed.n - done, at + (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return FAIL(STORAGE);
        done += (size_t)n;
    }
    file->chunks++;
    file->bytes += plain_bytes;
    return OK;
}

struct err sealed_file_sync(void *file)
{
    const struct sealed_file *f = file;
    return fdatasync(f->fd) == 0 && fsync(f->dir) == 0 ? OK : FAIL(STORAGE);
}

void sealed_file_close(struct sealed_file *file)
{
    if (file->fd >= 0) close(file->fd);
    file->fd = -1;
    if (file->room != NULL) explicit_bzero(file->room, FILE_SEALED_CHUNK_BYTES);
    free(file->room);
    file->room = NULL;
}

void sealed_file_discard(struct sealed_file *file)
{
    char name[ID_TEXT + 1];
    name_of(file->id, name);
    if (file->fd >= 0) (void)unlinkat(file->dir, name, 0);
    sealed_file_close(file);
}

static uint64_t chunks_of(uint64_t bytes) { return bytes == 0 ? 1 : (bytes + FILE_CHUNK_BYTES - 1) / FILE_CHUNK_BYTES; }

struct err sealed_file_open(int dir, struct id id, struct id subject, struct span key, uint64_t bytes, struct sealed_file *f)
{
    TRY(start(dir, id, subject, key, O_RDONLY, f));
    f->bytes = bytes;
    f->chunks = chunks_of(bytes);
    struct stat st;
    if (fstat(f->fd, &st) == 0 && (uint64_t)st.st_size == bytes + f->chunks * VAULT_ENVELOPE_BYTES) return OK;
    sealed_file_close(f);
    return FAIL(INTEGRITY);
}

struct err sealed_file_chunk(struct sealed_file *file, uint64_t chunk, struct vault_request *ask_out)
{
    if (chunk >= file->chunks) return FAIL(INTEGRITY);
    ssize_t n;
    do
        n = pread(file->fd, file->room, FILE_SEALED_CHUNK_BYTES, (off_t)(chunk * FILE_SEALED_CHUNK_BYTES));
    while (n < 0 && errno == EINTR);
    if (n <= VAULT_ENVELOPE_BYTES) return FAIL(STORAGE);
    *ask_out = ask_for(file, VAULT_OPEN, chunk, chunk + 1 == file->chunks, span_of(file->room, (size_t)n));
    return OK;
}
