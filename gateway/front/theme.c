#include "front/theme.h"
#include <stdint.h>
#include "text/out.h"

/* Of paper and card in portal.css the one on which less can be read. */
#define LIGHT_PAPER 0xf7f7f5u
#define DARK_CARD 0x1c1e21u
#define WHITE 0xffffffu
#define BLACK 0x111111u
/* WCAG 2.2 asks for 4.5 and 3; a little more, since our curve is not quite that of sRGB, and bright enough not to tire in the dark. */
#define TEXT_CONTRAST 460u
#define DARK_TEXT_CONTRAST 600u
#define CONTROL_CONTRAST 310u

/* The light of a channel, 0 to 1: the curve of sRGB by a polynomial that stays within a thousandth of it. */
static double linear(unsigned channel)
{
	double c = channel / 255.0;
	return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878);
}

static double luminance(unsigned colour)
{
	return 0.2126 * linear(colour >> 16 & 0xff) + 0.7152 * linear(colour >> 8 & 0xff) +
	       0.0722 * linear(colour & 0xff);
}

unsigned theme_contrast(unsigned a, unsigned b)
{
	double la = luminance(a), lb = luminance(b);
	double ratio = la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
	return (unsigned)(ratio * 100);
}

/* step of 20 from one colour towards another. */
static unsigned mix(unsigned from, unsigned to, unsigned step)
{
	unsigned mixed = 0;
	for (unsigned shift = 0; shift <= 16; shift += 8) {
		unsigned a = from >> shift & 0xff, b = to >> shift & 0xff;
		mixed |= (a * (20 - step) + b * step) / 20 << shift;
	}
	return mixed;
}

/* The colour itself if it stands out from the paper, else the nearest one towards black or white that does. */
static unsigned readable(unsigned colour, unsigned paper, unsigned contrast)
{
	unsigned towards = luminance(paper) > 0.18 ? 0x000000u : WHITE;
	unsigned step = 0;
	while (step < 20 && theme_contrast(mix(colour, towards, step), paper) < contrast)
		step++;
	return mix(colour, towards, step);
}

static unsigned ink_on(unsigned colour)
{
	return theme_contrast(WHITE, colour) >= TEXT_CONTRAST ||
		       theme_contrast(WHITE, colour) > theme_contrast(BLACK, colour)
		   ? WHITE
		   : BLACK;
}

static bool parse(struct text colour, unsigned *rgb_r)
{
	unsigned rgb = 0;
	if (colour.len != 7 || colour.at[0] != '#')
		return false;
	for (unsigned i = 1; i < 7; i++) {
		char c = colour.at[i];
		bool digit = c >= '0' && c <= '9';
		char low = (char)(c | 0x20);
		if (!digit && (low < 'a' || low > 'f'))
			return false;
		rgb = rgb << 4 | (unsigned)(digit ? c - '0' : low - 'a' + 10);
	}
	*rgb_r = rgb;
	return true;
}

static void add_tokens(struct out *out, unsigned colour, unsigned paper, unsigned text_contrast)
{
	unsigned button = readable(colour, paper, CONTROL_CONTRAST);
	out_format(out, ":root{--accent:#%06x;--on-accent:#%06x;--accent-text:#%06x}", button, ink_on(button),
	    readable(colour, paper, text_contrast));
}

enum err theme_make(struct text colour, struct arena *arena, struct text *sheet_r, struct text *path_r)
{
	unsigned rgb;
	struct out out = OUT(arena);
	struct text sheet;
	if (!parse(colour, &rgb))
		return ERR_MALFORMED;
	add_tokens(&out, rgb, LIGHT_PAPER, TEXT_CONTRAST);
	out_str(&out, "\n@media (prefers-color-scheme: dark){");
	add_tokens(&out, rgb, DARK_CARD, DARK_TEXT_CONTRAST);
	out_str(&out, "}\n");
	const char *path = arena_printf(arena, "/static/theme-%06x.css", rgb);
	if (path == NULL || !out_done(&out, &sheet))
		return ERR_NO_MEMORY;
	*sheet_r = sheet;
	*path_r = text_of(path);
	return OK;
}
