/* Sealed files: an uploaded original as a row of sealed chunks, each bound to its file, its person, its place and to being the
   last or not. Nothing unsealed touches the disk. */
#ifndef MEDSCRIBE_RULES_FILES_H
#define MEDSCRIBE_RULES_FILES_H
#include "crypt/vault_client.h"

enum { FILE_CHUNK_BYTES = 64 * 1024, FILE_SEALED_CHUNK_BYTES = FILE_CHUNK_BYTES + VAULT_ENVELOPE_BYTES };

struct sealed_file {
    int fd, dir;
    struct id id, subject;
    struct span key;  /* the person's wrapped key; the caller's */
    uint64_t bytes;   /* unsealed size (reading) or what was written so far */
    uint64_t chunks;
    uint8_t *room;    /* one sealed chunk */
};

/* A new file; sealed_file_discard() removes it again. ERR_STORAGE. */
struct err sealed_file_create(int dir, struct id id, struct id subject, struct span key, struct sealed_file *file_out);
/* The operation that seals the next chunk (all but the last have FILE_CHUNK_BYTES); its answer goes to _write. */
struct vault_request sealed_file_seal(const struct sealed_file *file, struct span plain, bool last);
struct err sealed_file_write(struct sealed_file *file, struct span sealed, size_t plain_bytes);
struct err sealed_file_sync(void *file); /* blocks for the disk: run on a slow thread */
void sealed_file_discard(struct sealed_file *file);
void sealed_file_close(struct sealed_file *file);

/* An existing one of `bytes` unsealed bytes. ERR_NOT_FOUND, ERR_INTEGRITY when its size does not fit. */
struct err sealed_file_open(int dir, struct id id, struct id subject, struct span key, uint64_t bytes, struct sealed_file *file_out);
/* Reads chunk number `chunk` and gives the operation that opens it. */
struct err sealed_file_chunk(struct sealed_file *file, uint64_t chunk, struct vault_request *ask_out);

#endif
