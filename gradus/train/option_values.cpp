#include "gradus/train/option_values.h"

#include "gradus/base/error.h"

namespace gradus::train {

void OptionValue::require(Type type) const {
  if (type_ == type) return;
  throw Error(ErrorCode::invalid_argument, "options", "an option is given a value of another type");
}

void OptionValue::write_to(std::int64_t& option) const {
  require(Type::integer);
  option = integer_;
}

void OptionValue::write_to(float& option) const {
  require(Type::real);
  option = real_;
}

void OptionValue::write_to(bool& option) const {
  require(Type::flag);
  option = flag_;
}

void OptionValue::write_to(Dims& option) const {
  require(Type::list);
  option = list_;
}

}  // namespace gradus::train
