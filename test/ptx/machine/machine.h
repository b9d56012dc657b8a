#pragma once

#include "numbers.h"
#include "registry.h"
#include "thread.h"
