/* pam.c - what libpam allocates for the module. */
#include <security/pam_modules.h>
#include "private.h"

int __real_pam_set_item(pam_handle_t *pamh, int item, const void *value);
int __wrap_pam_set_item(pam_handle_t *pamh, int item, const void *value);
int __real_pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*cleanup)(pam_handle_t *pamh, void *data, int status));
int __wrap_pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*cleanup)(pam_handle_t *pamh, void *data, int status));

int __wrap_pam_set_item(pam_handle_t *pamh, int item, const void *value)
{
	return failing_now() ? PAM_BUF_ERR : __real_pam_set_item(pamh, item, value);
}

int __wrap_pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*cleanup)(pam_handle_t *pamh, void *data, int status))
{
	return failing_now() ? PAM_BUF_ERR : __real_pam_set_data(pamh, name, data, cleanup);
}
