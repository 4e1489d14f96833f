/* house.h - a front for a fuzz program, with the settings of a small campus; what it logs is dropped. */
#ifndef SPOM_FUZZ_HOUSE_H
#define SPOM_FUZZ_HOUSE_H
#include "front/front.h"

#define HOUSE_APPLICATION "https://library.example"

/* The instance of that role, made once. */
struct front *house_front(enum role instance);

#endif
