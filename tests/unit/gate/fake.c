/* The same fake as the module's tests have. */
#include "pam_spom/fake.c"
