#include "http/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

struct intake_block {
    struct intake_block *next;
    struct intake *intake; /* NULL once that is done */
    unsigned holds;        /* answers that point into it */
    bool current;
    size_t cap, n;
    uint8_t bytes[];
};

static struct intake_block *block_new(struct intake *intake, size_t cap)
{
    struct intake_block *block = intake->spare;
    if (cap <= INTAKE_BYTES && block != NULL) {
        intake->spare = block->next;
        intake->spares--;
    } else {
        size_t room = cap <= INTAKE_BYTES ? INTAKE_BYTES : cap;
        block = malloc(sizeof *block + room);
        if (block == NULL) return NULL;
        block->cap = room;
        block->intake = intake;
    }
    block->next = NULL;
    block->holds = 0;
    block->current = true;
    block->n = 0;
    return block;
}

static void block_free(struct intake_block *block)
{
    struct intake *intake = block->intake;
    explicit_bzero(block->bytes, block->n);
    if (intake == NULL || block->cap != INTAKE_BYTES || intake->spares >= INTAKE_SPARES) {
        free(block);
        return;
    }
    block->next = intake->spare;
    intake->spare = block;
    intake->spares++;
}

void *intake_hold(struct intake *intake)
{
    intake->now->holds++;
    return intake->now;
}

void intake_release(void *held)
{
    struct intake_block *block = held;
    if (--block->holds == 0 && !block->current) block_free(block);
}

/* A block with room for what the frame that has begun still needs. */
static struct err make_room(struct intake *intake)
{
    struct intake_block *old = intake->now;
    size_t rest = old == NULL ? 0 : old->n - intake->used, need = rest + FRAME_HEADER_BYTES;
    if (old != NULL && rest == 0 && old->holds == 0) {
        old->n = 0;
        intake->used = 0;
    }
    if (rest >= FRAME_HEADER_BYTES) {
        struct wire_reader header = {.rest = span_of(old->bytes + intake->used, 4)};
        need = FRAME_HEADER_BYTES + wire_u32(&header);
    }
    if (old != NULL && old->cap - intake->used >= need && old->cap - old->n >= INTAKE_BYTES / 8) return OK;
    struct intake_block *block = block_new(intake, need + INTAKE_BYTES / 4);
    if (block == NULL) return FAIL(OUT_OF_MEMORY);
    if (rest > 0) memcpy(block->bytes, old->bytes + intake->used, rest);
    block->n = rest;
    intake->used = 0;
    intake->now = block;
    if (old == NULL) return OK;
    old->current = false;
    if (old->holds == 0) block_free(old);
    return OK;
}

struct err intake_read(struct intake *intake, int fd, bool *more_out)
{
    *more_out = false;
    TRY(make_room(intake));
    struct intake_block *block = intake->now;
    size_t room = block->cap - block->n;
    ssize_t got = recv(fd, block->bytes + block->n, room, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? OK : FAIL(CLOSED);
    if (got == 0) return FAIL(CLOSED);
    block->n += (size_t)got;
    *more_out = (size_t)got == room;
    return OK;
}

struct err intake_next(struct intake *intake, struct frame *frame_out, bool *found_out)
{
    size_t used;
    *found_out = false;
    if (intake->now == NULL) return OK;
    struct span rest = span_of(intake->now->bytes + intake->used, intake->now->n - intake->used);
    TRY(frame_next(rest, frame_out, &used));
    intake->used += used;
    *found_out = used > 0;
    return OK;
}

void intake_done(struct intake *intake)
{
    struct intake_block *block = intake->now;
    if (block != NULL) {
        block->current = false;
        block->intake = NULL;
        if (block->holds == 0) block_free(block);
    }
    while ((block = intake->spare) != NULL) {
        intake->spare = block->next;
        free(block);
    }
    *intake = (struct intake){.now = NULL};
}
