/* What tests of clinical text work in: an arena, and the text that comes out. */
#ifndef MEDSCRIBE_TEST_CLINIC_AREA_H
#define MEDSCRIBE_TEST_CLINIC_AREA_H
#include "clinic/clinic.h"

static struct arena arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, CLINIC_ARENA_BYTES);
    out = BUF_WITH_MAX(64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    buf_free(&out);
    return 0;
}

#endif
