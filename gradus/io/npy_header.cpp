#include "gradus/io/npy_header.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "gradus/io/file_bytes.h"

namespace gradus::io {
namespace {

constexpr std::size_t kMaximumNpyRank = 64;  // NumPy's own limit since version 2

/// Reads the few forms of Python literals that occur in headers.
class HeaderParser {
 public:
  HeaderParser(const std::string& file, std::string_view text, std::size_t base)
      : file_(file), text_(text), base_(base) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = text_literal();
      expect(':');
      if (key == "descr" && !type_) {
        type_ = element_type();
      } else if (key == "fortran_order" && !fortran_order_) {
        fortran_order_ = boolean();
      } else if (key == "shape" && !extents_) {
        extents_ = tuple();
      } else {
        fail(fmt::format("the key '{}' is unknown or appears twice", key));
      }
      if (accept('}')) break;
      expect(',');
    }
    skip_blanks();
    if (place_ != text_.size()) fail("text after the header's dictionary");
    if (!type_ || !fortran_order_ || !extents_) {
      fail("the header lacks 'descr', 'fortran_order' or 'shape'");
    }
    return {*type_, *fortran_order_, *std::move(extents_)};
  }

 private:
  void skip_blanks() {
    while (place_ < text_.size() &&
           std::string_view(" \t\n\r").find(text_[place_]) != std::string_view::npos) {
      ++place_;
    }
  }

  bool accept(char wanted) {
    skip_blanks();
    if (place_ == text_.size() || text_[place_] != wanted) return false;
    ++place_;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail(fmt::format("the header has no '{}' here", wanted));
  }

  std::string_view text_literal() {
    skip_blanks();
    const char quote = place_ < text_.size() ? text_[place_] : '\0';
    if (quote != '\'' && quote != '"') fail("the header has no text here");
    const std::size_t begin = ++place_;
    place_ = std::min(text_.find(quote, begin), text_.size());
    if (place_ == text_.size()) fail("text that is not closed");
    return text_.substr(begin, place_++ - begin);
  }

  bool boolean() {
    skip_blanks();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(place_).starts_with(word)) continue;
      place_ += word.size();
      return word == "True";
    }
    fail("'fortran_order' must be True or False");
  }

  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> extents;
    expect('(');
    while (!accept(')')) {
      if (extents.size() == kMaximumNpyRank)
        fail(fmt::format("more than {} axes", kMaximumNpyRank));
      extents.push_back(number());
      if (accept(')')) break;
      expect(',');
    }
    return extents;
  }

  std::uint64_t number() {
    skip_blanks();
    std::uint64_t value = 0;
    const char* const begin = text_.data() + place_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc{}) fail("an extent must be a whole number, 0 or more, below 2^64");
    place_ += static_cast<std::size_t>(end - begin);
    if (place_ < text_.size() && text_[place_] == 'L') ++place_;  // Python 2 wrote long integers so
    return value;
  }

  /// "<f4": byte order, kind, bytes.
  StoredType element_type() {
    skip_blanks();
    if (place_ < text_.size() && text_[place_] == '[') refuse("records");
    const std::string_view text = text_literal();
    if (text.size() < 2) fail(fmt::format("'{}' is no element type", text));
    const char order = text[0];
    const char kind = text[1];
    if (kind == 'O') refuse("pickled objects, which can run code");
    StoredType type;
    const auto [end, error] =
        std::from_chars(text.data() + 2, text.data() + text.size(), type.bytes);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || std::string_view("<>|=").find(order) == std::string_view::npos) {
      if (std::string_view("<>|=mM").find(order) == std::string_view::npos) {
        fail(fmt::format("'{}' is no element type", text));
      }
      refuse(fmt::format("elements of type '{}'", text));
    }
    type.big_endian = order == '>';
    switch (kind) {
      case 'b':
        type.kind = StoredType::Kind::boolean;
        break;
      case 'i':
        type.kind = StoredType::Kind::signed_integer;
        break;
      case 'u':
        type.kind = StoredType::Kind::unsigned_integer;
        break;
      case 'f':
        type.kind = StoredType::Kind::floating;
        break;
      default:
        refuse(fmt::format("elements of type '{}'", text));
    }
    if (!holder_of(type)) refuse(fmt::format("elements of type '{}'", text));
    return type;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw format_error(kReadNpy, file_, fmt::format("byte {}: {}", base_ + place_, what));
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorCode::unsupported, kReadNpy,
                fmt::format("{}: it holds {}, and Gradus has no tensors of them", file_, what));
  }

  const std::string& file_;
  std::string_view text_;
  std::size_t base_;
  std::size_t place_ = 0;
  std::optional<StoredType> type_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<std::uint64_t>> extents_;
};

std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return "|b1";
    case DType::u8:
      return "|u1";
    case DType::i32:
      return "<i4";
    case DType::i64:
      return "<i8";
    case DType::f16:
      return "<f2";
    case DType::f32:
      return "<f4";
    case DType::f64:
      return "<f8";
    case DType::bf16:
      break;
  }
  return "";
}

}  // namespace

NpyHeader parse_npy_header(const std::string& file, std::string_view text, std::size_t base) {
  return HeaderParser(file, text, base).parse();
}

std::string npy_preamble(const char* operation, const std::string& file, const Tensor& tensor) {
  const std::string_view descr = descr_of(tensor.dtype());
  if (descr.empty()) {
    throw Error(ErrorCode::unsupported, operation,
                fmt::format("{}: NumPy has no element type {}; cast the tensor to f32", file,
                            name_of(tensor.dtype())));
  }
  std::string shape;
  for (const std::int64_t extent : tensor.shape()) shape += fmt::format("{}, ", extent);
  if (tensor.rank() > 1) shape.resize(shape.size() - 2);
  if (tensor.rank() == 1) shape.pop_back();
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
  constexpr std::size_t kBefore = 10;  // magic, version, length
  header.append(64 - (kBefore + header.size() + 1) % 64, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size() & 0xff) +
         static_cast<char>(header.size() >> 8) + header;
}

}  // namespace gradus::io
