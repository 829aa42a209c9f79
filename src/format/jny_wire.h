/*
 * jny_wire.h - little-endian integers at any alignment, on any host.
 *
 * Written as shifts: gcc and clang make one load or store of each on
 * little-endian machines, and the right thing on others.
 */

#ifndef JNY_WIRE_H
#define JNY_WIRE_H

#include <stdint.h>


static inline uint16_t
jny_get_le16(const uint8_t *p)
{
    return (uint16_t) (p[0] | p[1] << 8);
}

static inline uint32_t
jny_get_le32(const uint8_t *p)
{
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}

static inline uint64_t
jny_get_le64(const uint8_t *p)
{
    return (uint64_t) p[0] | (uint64_t) p[1] << 8 | (uint64_t) p[2] << 16
           | (uint64_t) p[3] << 24 | (uint64_t) p[4] << 32
           | (uint64_t) p[5] << 40 | (uint64_t) p[6] << 48
           | (uint64_t) p[7] << 56;
}

static inline void
jny_put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t) v;
    p[1] = (uint8_t) (v >> 8);
}

static inline void
jny_put_le32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t) v;
    p[1] = (uint8_t) (v >> 8);
    p[2] = (uint8_t) (v >> 16);
    p[3] = (uint8_t) (v >> 24);
}

static inline void
jny_put_le64(uint8_t *p, uint64_t v)
{
    p[0] = (uint8_t) v;
    p[1] = (uint8_t) (v >> 8);
    p[2] = (uint8_t) (v >> 16);
    p[3] = (uint8_t) (v >> 24);
    p[4] = (uint8_t) (v >> 32);
    p[5] = (uint8_t) (v >> 40);
    p[6] = (uint8_t) (v >> 48);
    p[7] = (uint8_t) (v >> 56);
}

static inline uint64_t
jny_zigzag(int64_t v)
{
    return (uint64_t) v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}


#endif /* JNY_WIRE_H */
