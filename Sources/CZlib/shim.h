// zlib as the system installs it (Debian/Ubuntu: zlib1g-dev; part of macOS).
#pragma once
#include <zlib.h>
