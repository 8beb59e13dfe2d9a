/* Keyset paging: a page starts after (time, id) of the last item before it. The marker that clients carry is bound to the user
   and the route by a MAC, so that nobody's marker works for somebody else. */
#ifndef MEDSCRIBE_RULES_PAGE_H
#define MEDSCRIBE_RULES_PAGE_H
#include "rules/audit.h"
#include "rules/loop.h"

enum { PAGE_MAX = 100, PAGE_MAC_BYTES = 16 };
struct page {
    int64_t before_us;
    struct id before_id;
    int64_t limit;
};
/* From the fields `limit` and `cursor` at their places in the route's list. ERR_BAD_CURSOR. May wait for the vault. */
struct err page_read(struct call *call, unsigned limit_field, unsigned cursor_field, int64_t default_limit, struct page *page_out);

/* The list runs from the oldest: a first page starts before all of them. */
void page_from_oldest(struct page *page);

/* A page of rows with what must be opened to show it: everything goes to the vault in one batch, the next page's marker too. */
struct page_view {
    size_t count;          /* rows shown; one more may have been read to know whether there is a next page */
    bool more;
    int64_t last_us;       /* what the next page starts after */
    struct id last_id;
    struct vault_request *ask;
    struct span *opened;   /* by the number that page_view_add gave */
    struct err *status;
    size_t asked;
    uint8_t signed_bytes[64];
};
enum { PAGE_VIEW_NONE = -1 };
/* `per_row`: at most so many operations a row. time_column and id_column order the list; id_column < 0: time alone does. */
struct err page_view_new(struct call *call, const struct page *page, const struct rows *rows, size_t per_row, unsigned time_column,
                         int id_column, struct page_view *view_out);
/* Its number, or PAGE_VIEW_NONE when there is nothing to open. */
int page_view_add(struct page_view *view, struct vault_request request);
/* receipt: NULL when nothing medical is among them. One item that does not open is no error: see page_view_text(). */
struct err page_view_open(struct call *call, const struct receipt *receipt, struct page_view *view);
/* What was opened; false when there was nothing or it did not open. */
bool page_view_text(const struct page_view *view, int number, struct span *text_out);
bool page_view_broken(const struct page_view *view, int number);

/* One audit entry for a page, naming each of its `count` records; receipt_out may be NULL. */
struct page_audit {
    enum audit_action action;
    enum audit_resource resource;
    unsigned id_column;
};
struct err page_audit(struct call *call, const struct page_audit *look, const struct rows *rows, size_t count, struct receipt *receipt_out);

/* "next_cursor": … or null when there is no further page; view: NULL when there never is one. */
void page_put_next(struct json *j, const struct page_view *view);
/* The answer of a list: between the two calls its items are put. */
struct json *page_answer(struct call *call);
void page_answer_end(struct call *call, struct json *j, const struct page_view *view);

#endif
