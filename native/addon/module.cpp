#include "addon/exports.h"

namespace psilon::addon {

NODE_API_MODULE(psilon, define_exports)

}  // namespace psilon::addon
