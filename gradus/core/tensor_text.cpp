// How tensors are printed: as NumPy's array2string does it (numpy/core/arrayprint.py), with a comma
// between elements.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <ostream>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/core/array.h"
#include "gradus/core/tensor.h"

namespace gradus {
namespace {

constexpr std::int64_t kShownInFull = 1000;  // elements of a tensor
constexpr std::int64_t kEdge = 3;            // entries at each end of an axis of a larger one
constexpr std::size_t kLineWidth = 75;

/// The shortest decimal that gives the value back. No NaN shows a sign: it means nothing.
template <class T>
std::string number_text(T value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);
}

std::string format_element(const std::byte* bytes, DType dtype) {
  return with_dtype(dtype, [&]<class T>() -> std::string {
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    if constexpr (std::is_same_v<T, f16> || std::is_same_v<T, bf16>) {
      return number_text(static_cast<float>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      return number_text(value);
    } else {
      return fmt::format("{}", value);
    }
  });
}

class TensorPrinter {
 public:
  explicit TensorPrinter(const Array& array)
      : array_(array), abridged_(array.shape.size() > kShownInFull) {
    if (array.shape.size() > 0) collect(0, array.bytes());
    for (const std::string& element : elements_) width_ = std::max(width_, element.size());
  }

  std::string text() {
    if (array_.shape.size() == 0) return "[]";
    next_ = 0;
    return nested(0);
  }

 private:
  bool is_abridged(int axis) const { return abridged_ && array_.shape[axis] > 2 * kEdge; }
  /// The index of an axis that is shown after `i`.
  std::int64_t shown_after(int axis, std::int64_t i) const {
    return is_abridged(axis) && i + 1 == kEdge ? array_.shape[axis] - kEdge : i + 1;
  }

  /// The elements that are shown, in order.
  void collect(int axis, const std::byte* bytes) {
    if (axis == array_.shape.rank()) {
      elements_.push_back(format_element(bytes, array_.dtype));
      return;
    }
    const std::int64_t step = array_.strides[static_cast<std::size_t>(axis)] *
                              static_cast<std::int64_t>(size_of(array_.dtype));
    for (std::int64_t i = 0; i < array_.shape[axis]; i = shown_after(axis, i)) {
      collect(axis + 1, bytes + i * step);
    }
  }

  std::string nested(int axis) {
    const int below = array_.shape.rank() - axis;
    if (below == 0) return fmt::format("{:>{}}", elements_[next_++], width_);
    return below == 1 ? row(axis) : rows(axis);
  }

  /// Elements side by side, on further lines where they do not fit on one.
  std::string row(int axis) {
    const std::string indent(static_cast<std::size_t>(axis) + 1, ' ');
    const std::size_t columns = kLineWidth - static_cast<std::size_t>(axis) - 1;
    std::string text, line = indent;
    const auto add = [&](const std::string& word) {
      if (line.size() > indent.size() && line.size() + word.size() > columns) {
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
        line = indent;
      }
      line += word;
    };
    for (std::int64_t i = 0; i < array_.shape[axis]; i = shown_after(axis, i)) {
      if (i > 0) line += ", ";
      if (is_abridged(axis) && i == array_.shape[axis] - kEdge) {
        add("...");
        line += ", ";
      }
      add(nested(axis + 1));
    }
    return bracketed(text + line, indent);
  }

  /// Parts below each other; the more axes they have, the more blank lines are between them.
  std::string rows(int axis) {
    const std::string indent(static_cast<std::size_t>(axis) + 1, ' ');
    const int breaks = array_.shape.rank() - axis - 1;
    const std::string between = ',' + std::string(static_cast<std::size_t>(breaks), '\n');
    std::string text;
    for (std::int64_t i = 0; i < array_.shape[axis]; i = shown_after(axis, i)) {
      if (i > 0) text += between;
      if (is_abridged(axis) && i == array_.shape[axis] - kEdge) text += indent + "..." + between;
      text += indent + nested(axis + 1);
    }
    return bracketed(text, indent);
  }

  /// The first bracket takes the place of the first line's indentation.
  static std::string bracketed(const std::string& text, const std::string& indent) {
    return '[' + text.substr(indent.size()) + ']';
  }

  const Array& array_;
  bool abridged_;
  std::vector<std::string> elements_;
  std::size_t width_ = 0;
  std::size_t next_ = 0;  // element to be printed
};

}  // namespace

std::string Tensor::signature() const {
  return defined() ? fmt::format("{}{}", name_of(dtype()), shape().to_string()) : "undefined";
}

std::string Tensor::to_string(SourceLocation where) const {
  if (!defined()) return "undefined";
  return signature() + (rank() > 1 ? '\n' : ' ') + TensorPrinter(array(where)).text();
}

std::ostream& operator<<(std::ostream& stream, const Tensor& tensor) {
  return stream << (tensor.defined() ? TensorPrinter(tensor.array()).text() : "undefined");
}

}  // namespace gradus
