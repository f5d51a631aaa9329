#include "bind/pattern.h"

#include <ctype.h>
#include <string.h>

enum kind { SINGLE, OPEN, CLOSE, POSITION, BACK, BALANCED, FRONTIER, END };

/* Depth of the recursion, which only repeated items need; work between two calls of spend. */
enum { DEPTH = 200, PIECE = 4096 };

/* MARK: - Compiling */

typedef struct compiler {
    const unsigned char *at, *end;
    msig_pattern *pattern;
    msig_pattern_node *node; /* the next one */
    unsigned char open[MSIG_CAPTURES];
    int opened;
    const char *error;
} compiler;

static void add_char(msig_pattern_node *node, unsigned c) {
    node->set[c >> 5] |= UINT32_C(1) << (c & 31);
}

static bool has_char(const msig_pattern_node *node, unsigned char c) {
    return node->set[c >> 5] >> (c & 31) & 1;
}

static void invert(msig_pattern_node *node) {
    for (int i = 0; i < 8; i++)
        node->set[i] = ~node->set[i];
}

static bool in_class(int letter, int c) {
    switch (letter) {
    case 'a':
        return isalpha(c) != 0;
    case 'c':
        return iscntrl(c) != 0;
    case 'd':
        return isdigit(c) != 0;
    case 'g':
        return isgraph(c) != 0;
    case 'l':
        return islower(c) != 0;
    case 'p':
        return ispunct(c) != 0;
    case 's':
        return isspace(c) != 0;
    case 'u':
        return isupper(c) != 0;
    case 'w':
        return isalnum(c) != 0;
    default:
        return isxdigit(c) != 0;
    }
}

/* Adds what `%letter` stands for. */
static void add_escaped(msig_pattern_node *node, unsigned char letter) {
    int lower = tolower(letter);
    if (!strchr("acdglpsuwx", lower) || letter == '\0') {
        add_char(node, letter);
        return;
    }
    for (int c = 0; c < 256; c++) {
        if (in_class(lower, c) == (letter == lower))
            add_char(node, (unsigned)c);
    }
}

/* The ] that ends a set whose first item is at `p`; NULL when there is none. */
static const unsigned char *set_end(const compiler *c, const unsigned char *p) {
    bool first = true;
    for (; p < c->end; p++, first = false) {
        if (*p == ']' && !first)
            return p;
        if (*p == '%' && p + 1 < c->end)
            p++;
    }
    return NULL;
}

/* Reads a set behind its [. */
static void read_set(compiler *c, msig_pattern_node *node) {
    bool negated = c->at < c->end && *c->at == '^';
    const unsigned char *p = c->at + (negated ? 1 : 0);
    const unsigned char *end = set_end(c, p);
    if (!end) {
        c->error = "malformed pattern (missing ']')";
        return;
    }
    for (; p < end; p++) {
        if (*p == '%') {
            add_escaped(node, *++p);
        } else if (p + 2 < end && p[1] == '-') {
            for (unsigned one = *p; one <= p[2]; one++)
                add_char(node, one);
            p += 2;
        } else {
            add_char(node, *p);
        }
    }
    if (negated)
        invert(node);
    c->at = end + 1;
}

static void read_close(compiler *c, msig_pattern_node *node) {
    if (c->opened == 0) {
        c->error = "invalid pattern capture";
        return;
    }
    node->kind = CLOSE;
    node->a = c->open[--c->opened];
}

static void read_open(compiler *c, msig_pattern_node *node) {
    msig_pattern *pattern = c->pattern;
    if (pattern->captures >= MSIG_CAPTURES) {
        c->error = "too many captures";
        return;
    }
    node->a = (unsigned char)pattern->captures++;
    node->kind = OPEN;
    if (c->at < c->end && *c->at == ')') {
        c->at++;
        node->kind = POSITION;
        pattern->position[node->a] = 1;
    } else {
        c->open[c->opened++] = node->a;
    }
}

static void read_back(compiler *c, msig_pattern_node *node, unsigned char digit) {
    bool good = digit != '0' && digit - '1' < c->pattern->captures;
    for (int i = 0; i < c->opened; i++)
        good = good && c->open[i] != digit - '1';
    if (!good) {
        c->error = "invalid capture index in pattern";
        return;
    }
    node->a = (unsigned char)(digit - '1');
    /* A position is no text: nothing is equal to it, as to an empty set. */
    node->kind = c->pattern->position[node->a] ? SINGLE : BACK;
}

/* Reads what stands behind a %. Returns whether it is a single character. */
static bool read_escape(compiler *c, msig_pattern_node *node) {
    if (c->at == c->end) {
        c->error = "malformed pattern (ends with '%')";
        return false;
    }
    unsigned char letter = *c->at++;
    if (letter == 'b') {
        if (c->end - c->at < 2) {
            c->error = "malformed pattern (missing arguments to '%b')";
            return false;
        }
        node->kind = BALANCED;
        node->a = c->at[0];
        node->b = c->at[1];
        c->at += 2;
        return false;
    }
    if (letter == 'f') {
        node->kind = FRONTIER;
        if (c->at < c->end && *c->at++ == '[')
            read_set(c, node);
        else
            c->error = "missing '[' after '%f' in pattern";
        return false;
    }
    if (isdigit(letter)) {
        read_back(c, node, letter);
        return false;
    }
    add_escaped(node, letter);
    return true;
}

static void read_repeat(compiler *c, msig_pattern_node *node) {
    if (c->at < c->end && (*c->at == '*' || *c->at == '+' || *c->at == '-' || *c->at == '?'))
        node->repeat = *c->at++;
}

static void read_item(compiler *c) {
    msig_pattern_node *node = c->node++;
    memset(node, 0, sizeof *node);
    unsigned char letter = *c->at++;
    bool single = true;
    if (letter == '(') {
        read_open(c, node);
        single = false;
    } else if (letter == ')') {
        read_close(c, node);
        single = false;
    } else if (letter == '$' && c->at == c->end) {
        node->kind = END;
        single = false;
    } else if (letter == '%') {
        single = read_escape(c, node);
    } else if (letter == '[') {
        read_set(c, node);
    } else if (letter == '.') {
        invert(node);
    } else {
        add_char(node, letter);
    }
    if (single && !c->error)
        read_repeat(c, node);
}

const char *msig_pattern_compile(msig_pattern *pattern, msig_pattern_node *nodes, const char *text,
                                 size_t len, bool anchors) {
    const unsigned char *from = (const unsigned char *)text;
    compiler c = {.at = from, .end = from + len, .pattern = pattern, .node = nodes};
    memset(pattern, 0, sizeof *pattern);
    pattern->nodes = nodes;
    if (anchors && len > 0 && *c.at == '^') {
        pattern->anchored = true;
        c.at++;
    }
    while (c.at < c.end && !c.error)
        read_item(&c);
    if (!c.error && c.opened > 0)
        c.error = "unfinished capture";
    pattern->count = (size_t)(c.node - nodes);
    return c.error;
}

/* MARK: - Matching */

static void count(msig_subject *subject, size_t work) {
    subject->work += work;
    if (subject->work < PIECE)
        return;
    size_t done = subject->work;
    subject->work = 0;
    subject->spend(subject->ctx, done);
}

static bool fits(const msig_subject *subject, const msig_pattern_node *node, const char *s) {
    return s < subject->end && has_char(node, (unsigned char)*s);
}

static const char *match(const msig_pattern *pattern, msig_subject *subject, const char *s,
                         size_t i);

/* As many as there are, then fewer. */
static const char *greedy(const msig_pattern *pattern, msig_subject *subject, const char *s,
                          size_t i) {
    const msig_pattern_node *node = &pattern->nodes[i];
    const char *least = node->repeat == '+' ? s + 1 : s;
    const char *most = s;
    while (fits(subject, node, most))
        most++;
    count(subject, (size_t)(most - s) + 1);
    if (i + 1 == pattern->count)
        return most >= least ? most : NULL;
    for (; most >= least; most--) {
        const char *end = match(pattern, subject, most, i + 1);
        if (end)
            return end;
        if (most == s)
            break;
    }
    return NULL;
}

/* As few as will do. */
static const char *lazy(const msig_pattern *pattern, msig_subject *subject, const char *s,
                        size_t i) {
    for (;; s++) {
        const char *end = match(pattern, subject, s, i + 1);
        if (end || !fits(subject, &pattern->nodes[i], s))
            return end;
        count(subject, 1);
    }
}

static const char *balanced(msig_subject *subject, const msig_pattern_node *node, const char *s) {
    if (s >= subject->end || (unsigned char)*s != node->a)
        return NULL;
    size_t open = 1;
    for (const char *p = s + 1; p < subject->end; p++) {
        if ((unsigned char)*p == node->b) {
            if (--open == 0) {
                count(subject, (size_t)(p - s));
                return p + 1;
            }
        } else if ((unsigned char)*p == node->a) {
            open++;
        }
    }
    count(subject, (size_t)(subject->end - s));
    return NULL;
}

static bool frontier(const msig_subject *subject, const msig_pattern_node *node, const char *s) {
    unsigned char before = s == subject->text ? 0 : (unsigned char)s[-1];
    unsigned char here = s == subject->end ? 0 : (unsigned char)*s;
    return !has_char(node, before) && has_char(node, here);
}

static const char *again(msig_subject *subject, const msig_pattern_node *node, const char *s) {
    const msig_capture *seen = &subject->captures[node->a];
    if ((size_t)(subject->end - s) < seen->len)
        return NULL;
    count(subject, seen->len);
    return memcmp(s, seen->from, seen->len) == 0 ? s + seen->len : NULL;
}

/* An item that is no repeated character. Captures need no undoing: a way that fails is followed by
 * one that passes the same items and sets them anew. */
static const char *step(msig_subject *subject, const msig_pattern_node *node, const char *s) {
    msig_capture *capture = &subject->captures[node->a & (MSIG_CAPTURES - 1)];
    switch ((enum kind)node->kind) {
    case SINGLE:
        return fits(subject, node, s) ? s + 1 : NULL;
    case OPEN:
    case POSITION:
        capture->from = s;
        capture->len = 0;
        return s;
    case CLOSE:
        capture->len = (size_t)(s - capture->from);
        return s;
    case BACK:
        return again(subject, node, s);
    case BALANCED:
        return balanced(subject, node, s);
    case FRONTIER:
        return frontier(subject, node, s) ? s : NULL;
    case END:
        break;
    }
    return s == subject->end ? s : NULL;
}

static const char *match(const msig_pattern *pattern, msig_subject *subject, const char *s,
                         size_t i) {
    if (++subject->depth > DEPTH)
        subject->complain(subject->ctx, "pattern too complex");
    for (; s && i < pattern->count; i++) {
        const msig_pattern_node *node = &pattern->nodes[i];
        const char *end = NULL;
        count(subject, 1);
        if (node->repeat == 0) {
            s = step(subject, node, s);
            continue;
        }
        if (node->repeat == '-')
            end = lazy(pattern, subject, s, i);
        else if (node->repeat != '?')
            end = greedy(pattern, subject, s, i);
        else if (fits(subject, node, s))
            end = match(pattern, subject, s + 1, i + 1);
        if (end || node->repeat != '?') {
            s = end;
            break;
        }
    }
    subject->depth--;
    return s;
}

const char *msig_pattern_match(const msig_pattern *pattern, msig_subject *subject,
                               const char *from) {
    subject->depth = 0;
    count(subject, 1);
    return match(pattern, subject, from, 0);
}

const char *msig_pattern_search(const msig_pattern *pattern, msig_subject *subject,
                                const char *from, const char **end) {
    for (const char *s = from; s <= subject->end; s++) {
        *end = msig_pattern_match(pattern, subject, s);
        if (*end)
            return s;
        if (pattern->anchored || s == subject->end)
            break;
    }
    return NULL;
}

const char *msig_pattern_plain(msig_subject *subject, const char *from, const char *wanted,
                               size_t len) {
    if (len == 0)
        return from;
    const char *s = from;
    while ((size_t)(subject->end - s) >= len) {
        size_t room = (size_t)(subject->end - s) - len + 1;
        const char *found = memchr(s, wanted[0], room);
        count(subject, ((found ? (size_t)(found - s) : room) >> 4) + (len >> 4) + 1);
        if (!found)
            return NULL;
        if (memcmp(found, wanted, len) == 0)
            return found;
        s = found + 1;
    }
    return NULL;
}
