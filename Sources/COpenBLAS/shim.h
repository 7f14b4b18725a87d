// OpenBLAS as the system installs it (Debian/Ubuntu: libopenblas-dev, Homebrew: openblas).
#pragma once
#include <cblas.h>
