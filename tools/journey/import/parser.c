/*
 * parser.c - formats by name, and the escapes they share.
 */

#include "import/parser.h"

#include <string.h>


typedef struct {
    const char          *name;
    const jny_parser_t  *parser;
    const char          *text;
} jny_input_format_t;


/* vhost is Apache's vhost_combined, which many copied to nginx. */

#define JNY_COMBINED                                                           \
    "$remote_addr - $remote_user [$time_local] \"$request\" $status "          \
    "$body_bytes_sent \"$http_referer\" \"$http_user_agent\""

static const jny_input_format_t  jny_input_formats[] = {
    { "combined", &jny_parser_log, JNY_COMBINED },
    { "vhost", &jny_parser_log, "$host:$server_port " JNY_COMBINED },
    { "json", &jny_parser_json, NULL },
    { "ndjson", &jny_parser_json, NULL },
    { "csv", &jny_parser_csv, NULL },
    { NULL, NULL, NULL }
};


const jny_parser_t *
jny_parser_find(const char *input, const char **text, jny_diag_t *diag)
{
    const jny_input_format_t  *f;

    for (f = jny_input_formats; f->name != NULL; f++) {
        if (strcmp(f->name, input) == 0) {
            *text = f->text;
            return f->parser;
        }
    }

    *text = input;

    if (strchr(input, '$') != NULL) {
        return &jny_parser_log;
    }

    jny_diag_set(diag, 0, "give combined, vhost, json, ndjson, csv, or the "
                 "string of a log_format in quotes");
    return NULL;
}


static int
jny_hex(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* n hex digits at p, all before end; -1: they are not there. */

static long
jny_hexes(const uint8_t *p, const uint8_t *end, unsigned n)
{
    int   d;
    long  v;

    if ((size_t) (end - p) < n) {
        return -1;
    }

    v = 0;

    for (unsigned i = 0; i < n; i++) {
        d = jny_hex(p[i]);

        if (d < 0) {
            return -1;
        }

        v = v << 4 | d;
    }

    return v;
}


static size_t
jny_utf8_put(uint8_t *out, unsigned long c)
{
    if (c < 0x80) {
        out[0] = (uint8_t) c;
        return 1;
    }

    if (c < 0x800) {
        out[0] = (uint8_t) (0xc0 | c >> 6);
        out[1] = (uint8_t) (0x80 | (c & 63));
        return 2;
    }

    if (c < 0x10000) {
        out[0] = (uint8_t) (0xe0 | c >> 12);
        out[1] = (uint8_t) (0x80 | (c >> 6 & 63));
        out[2] = (uint8_t) (0x80 | (c & 63));
        return 3;
    }

    out[0] = (uint8_t) (0xf0 | c >> 18);
    out[1] = (uint8_t) (0x80 | (c >> 12 & 63));
    out[2] = (uint8_t) (0x80 | (c >> 6 & 63));
    out[3] = (uint8_t) (0x80 | (c & 63));
    return 4;
}


/*
 * A \u at p: p moves behind it, and the character's bytes go to out.  Half a
 * pair is U+FFFD, as browsers read it.
 */

static size_t
jny_unescape_u(const uint8_t **p, const uint8_t *end, uint8_t *out)
{
    long  c, low;

    c = jny_hexes(*p + 2, end, 4);

    if (c < 0) {
        *p += 2;
        out[0] = 'u';
        return 1;
    }

    *p += 6;

    if (c >= 0xd800 && c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\'
        && (*p)[1] == 'u')
    {
        low = jny_hexes(*p + 2, end, 4);

        if (low >= 0xdc00 && low < 0xe000) {
            *p += 6;
            return jny_utf8_put(out,
                                0x10000 + ((unsigned long) (c - 0xd800) << 10)
                                    + (unsigned long) (low - 0xdc00));
        }
    }

    return jny_utf8_put(out, c >= 0xd800 && c < 0xe000 ? 0xfffd
                                                       : (unsigned long) c);
}


size_t
jny_unescape(uint8_t *p, size_t len)
{
    long            c;
    uint8_t        *out;
    const char     *name;
    const uint8_t  *in, *end;

    static const char  bytes[] = "n\nt\tr\rb\bf\fv\v";

    end = p + len;
    out = memchr(p, '\\', len);

    if (out == NULL) {
        return len;
    }

    in = out;

    while (in < end) {

        if (*in != '\\' || end - in < 2) {
            *out++ = *in++;
            continue;
        }

        if (in[1] == 'u') {
            out += jny_unescape_u(&in, end, out);
            continue;
        }

        c = in[1] == 'x' ? jny_hexes(in + 2, end, 2) : -1;

        if (c >= 0) {
            *out++ = (uint8_t) c;
            in += 4;
            continue;
        }

        for (name = bytes; *name != '\0' && (uint8_t) *name != in[1];
             name += 2)
        {
            /* void */
        }

        *out++ = *name != '\0' ? (uint8_t) name[1] : in[1];
        in += 2;
    }

    return (size_t) (out - p);
}
