/* Keyset paging: a page starts after (time, id) of the last item before it. The marker that clients carry is bound to the user
   and the route by a MAC, so that nobody's marker works for somebody else. */
#ifndef MEDSCRIBE_RULES_PAGE_H
#define MEDSCRIBE_RULES_PAGE_H
#include "rules/loop.h"

enum { PAGE_MAX = 100, PAGE_MAC_BYTES = 16 };
struct page {
    int64_t before_us;
    struct id before_id;
    int64_t limit;
};
/* From the fields `limit` and `cursor` at their places in the route's list. ERR_BAD_CURSOR. May wait for the vault. */
struct err page_read(struct call *call, unsigned limit_field, unsigned cursor_field, int64_t default_limit, struct page *page_out);
/* The vault operation that makes the next marker's MAC; `room` holds what is signed. */
struct vault_request page_mac(struct call *call, int64_t time_us, struct id id, struct buf *room);
/* "next_cursor": … or null when there is no further page. */
void page_put_next(struct json *j, bool more, int64_t time_us, struct id id, struct span mac);

#endif
