/* Asking the vault. One client belongs to one thread. Operations gather in the shared area and go over in one message.

   The area: the operations of the batch from the start, data behind VAULT_CLIENT_DATA_AT. Only pages that are used are ever
   touched. Answers lie where the input lay when that saves room, so an input is gone once the batch is answered. */
#ifndef MEDSCRIBE_CRYPT_VAULT_CLIENT_H
#define MEDSCRIBE_CRYPT_VAULT_CLIENT_H
#include "base/buf.h"
#include "wire/vault.h"

struct vault_client {
    int fd;
    uint8_t *area;
    uint32_t op_count, data_used; /* of the batch being gathered */
    bool sent;     /* the vault works on it */
    bool answered; /* the answers are there; vault_client_next() before more is added */
};

enum { VAULT_CLIENT_DATA_AT = VAULT_OPS_MAX * sizeof(struct vault_op) };

/* Maps the area; fd and area_fd stay the caller's. */
struct err vault_client_open(struct vault_client *client, int fd, int area_fd);
void vault_client_close(struct vault_client *client);

/* What one operation is about. key: the person's wrapped key (empty for system operations). */
struct vault_request {
    enum vault_op_kind kind;
    enum vault_purpose purpose;
    struct id person, row;
    uint64_t version;
    struct span key;
    struct span in;
};

/* Adds to the batch: copies key and in into the area and makes room for the answer. *number_out names it.
   ERR_FULL: send this batch first (an operation that could never fit is ERR_TOO_LARGE). */
struct err vault_client_add(struct vault_client *client, const struct vault_request *request, uint32_t *number_out);
/* Sends the batch (one system call); nothing to do is no error. Then either wait, or poll fd and then wait. */
struct err vault_client_send(struct vault_client *client);
struct err vault_client_wait(struct vault_client *client); /* blocks for the answer; ERR_VAULT when the vault is gone */
/* The answer of one operation, valid until vault_client_next(): ERR_INTEGRITY when it does not open, ERR_VAULT_RATE when
   limited, ERR_VAULT when the vault called it malformed or there is no answer. */
struct err vault_client_answer(const struct vault_client *client, uint32_t number, struct span *out);
void vault_client_next(struct vault_client *client); /* wipes the area as far as it was used; a new batch begins */

/* send + wait for a single operation on an empty client; copies the answer to `out` (appended). */
struct err vault_client_call(struct vault_client *client, const struct vault_request *request, struct buf *out);

#endif
