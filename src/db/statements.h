/* All SQL there is, by name. Every statement runs on every engine: `$1 …` are its parameters, and a few words differ:
       {SKIP_LOCKED}   FOR UPDATE SKIP LOCKED where several instances share the table, nothing on SQLite
   Parameter and column types, one letter each: i id, n number, t text, b bytes; a capital may be NULL.
   Scope: who the first parameter is. OWN: the acting user's id; CLINIC: the acting user's clinic; both are filled in by
   db_query() from the actor, never by the call site. SYSTEM: statements that run before there is an actor, or for jobs. */
#ifndef MEDSCRIBE_DB_STATEMENTS_H
#define MEDSCRIBE_DB_STATEMENTS_H
#include <stdbool.h>

enum statement_scope { SCOPE_SYSTEM, SCOPE_OWN, SCOPE_CLINIC };
enum statement_kind { READ, WRITE };

enum statement {
#define Q(name, scope, kind, in, out, sql) SQL_##name,
#include "db/statements.def"
#undef Q
    SQL_COUNT
};

struct statement_row {
    const char *name;
    unsigned char scope, kind;
    const char *in, *out;
    const char *sql;
};
extern const struct statement_row statement_table[SQL_COUNT];

#endif
