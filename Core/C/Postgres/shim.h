#pragma once
// libpq is called from Swift as it is; no function of it needs a shim. The others are for strings that C is to own.
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
