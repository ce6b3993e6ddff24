#include "arrays.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include "casters.h"
#include "evaluation.h"
#include "gradus/core/array.h"
#include "gradus/memory/buffer.h"
#include "gradus/ops/rearrange.h"

namespace gradus::python {
namespace {

using ForeignArray = nb::ndarray<nb::ro, nb::device::cpu>;

constexpr nb::dlpack::dtype code_of(DType dtype) {
  using Code = nb::dlpack::dtype_code;
  constexpr Code codes[] = {Code::Bool,  Code::UInt,   Code::Int,   Code::Int,
                            Code::Float, Code::Bfloat, Code::Float, Code::Float};
  return {static_cast<std::uint8_t>(codes[static_cast<std::size_t>(dtype)]),
          static_cast<std::uint8_t>(8 * size_of(dtype)), 1};
}

std::optional<DType> dtype_of_code(nb::dlpack::dtype code) {
  for (const DType dtype : kAllDTypes) {
    if (code_of(dtype) == code) return dtype;
  }
  return std::nullopt;
}

/// Lets go of a Python object from any thread, with the lock or without.
void release_array(void* holder) {
  if (!Py_IsInitialized()) return;
  const nb::gil_scoped_acquire locked;
  delete static_cast<ForeignArray*>(holder);
}

/// An Array of `dtype` over the elements of `source`, where they lie.
Array array_over(const ForeignArray& source, DType dtype) {
  Dims dims;
  Array array{.shape = {}, .dtype = dtype, .strides = {}, .buffer = {}};
  std::int64_t first = 0, last = 0;  // of the elements in use, counted from element 0
  for (std::size_t i = 0; i < source.ndim(); ++i) {
    const auto extent = static_cast<std::int64_t>(source.shape(i));
    const std::int64_t stride = extent > 1 ? source.stride(i) : 1;
    dims.push_back(extent);
    array.strides.push_back(stride);
    if (extent > 1) (stride < 0 ? first : last) += stride * (extent - 1);
  }
  array.shape = Shape(std::move(dims));
  const auto item = static_cast<std::int64_t>(size_of(dtype));
  const auto* data = static_cast<const std::byte*>(source.data());
  array.offset = -first;
  array.buffer = wrap_foreign(data + first * item,
                              array.shape.size() == 0
                                  ? 0
                                  : static_cast<std::size_t>((last - first + 1) * item),
                              release_array, new ForeignArray(source));
  return array;
}

bool is_aligned(const ForeignArray& source, DType dtype) {
  return reinterpret_cast<std::uintptr_t>(source.data()) % size_of(dtype) == 0;
}

/// Integer types that Gradus lacks widen to one it has, as read_npy() does.
template <class From, class To>
Tensor widened(const ForeignArray& source) {
  Dims dims;
  std::vector<To> values(source.size());
  for (std::size_t i = 0; i < source.ndim(); ++i) {
    dims.push_back(static_cast<std::int64_t>(source.shape(i)));
  }
  Dims place(dims.size(), 0);
  for (To& value : values) {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < place.size(); ++i) offset += place[i] * source.stride(i);
    value = static_cast<const From*>(source.data())[offset];
    for (std::size_t i = place.size(); i-- > 0;) {
      if (++place[i] < dims[i]) break;
      place[i] = 0;
    }
  }
  return Tensor::from(values, Shape(dims));
}

Tensor tensor_over(const ForeignArray& source, Memory memory) {
  if (const std::optional<DType> dtype = dtype_of_code(source.dtype())) {
    if (is_aligned(source, *dtype)) {
      Array array = array_over(source, *dtype);
      if (memory == Memory::share) return Tensor::from_array(std::move(array));
      Array copy{.shape = array.shape, .dtype = *dtype, .strides = {}, .buffer = {}};
      allocate_row_major(copy);
      copy_strided(array.shape, size_of(*dtype), array.bytes(), array.strides, copy.mutable_bytes(),
                   copy.strides);
      return Tensor::from_array(std::move(copy));
    }
  } else if (source.dtype() == nb::dtype<std::int8_t>()) {
    return widened<std::int8_t, std::int32_t>(source);
  } else if (source.dtype() == nb::dtype<std::int16_t>()) {
    return widened<std::int16_t, std::int32_t>(source);
  } else if (source.dtype() == nb::dtype<std::uint16_t>()) {
    return widened<std::uint16_t, std::int32_t>(source);
  } else if (source.dtype() == nb::dtype<std::uint32_t>()) {
    return widened<std::uint32_t, std::int64_t>(source);
  }
  throw nb::type_error(
      "gradus has no tensors of this array's element type; it has bool, uint8, int32, int64, "
      "float16, bfloat16, float32 and float64");
}

std::optional<ForeignArray> array_of(nb::handle value) {
  if (ForeignArray found; nb::try_cast(value, found)) return found;
  // What has no strides in whole elements, or no buffer: NumPy makes one that has.
  if (!nb::hasattr(value, "__array__") && !nb::hasattr(value, "__array_interface__")) return {};
  const nb::object packed = nb::module_::import_("numpy").attr("require")(
      value, nb::none(), nb::make_tuple("C", "A"));
  if (ForeignArray found; nb::try_cast(packed, found)) return found;
  return {};
}

/// Reads nested sequences of numbers.
class SequenceReader {
 public:
  /// f64 keeps the digits of Python's numbers; other types are converted to afterwards.
  Tensor read(nb::handle value, std::optional<DType> dtype) {
    read(value, 0);
    const Shape shape(dims_);
    if (dtype == DType::f64) return Tensor::from(reals_, shape);
    if (has_real_ || integers_.empty()) {
      return Tensor::from(std::vector<float>(reals_.begin(), reals_.end()), shape);
    }
    if (has_integer_) return Tensor::from(integers_, shape);
    const std::vector<std::uint8_t> bytes(integers_.begin(), integers_.end());
    return Tensor::from_bytes(std::as_bytes(std::span(bytes)), shape, DType::boolean);
  }

 private:
  static constexpr std::size_t kDeepest = 64;  // a list may hold itself

  void read(nb::handle value, std::size_t depth) {
    if (is_sequence(value)) {
      read_sequence(nb::steal(PySequence_Fast(value.ptr(), "")), depth);
      return;
    }
    if (depth != dims_.size() && known_depth_) throw ragged();
    known_depth_ = true;
    append(value);
  }

  void read_sequence(const nb::object& items, std::size_t depth) {
    if (depth > kDeepest) throw nb::value_error("the sequences are nested too deeply");
    if (!items.is_valid()) throw nb::python_error();
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
    if (depth == dims_.size() && !known_depth_) {
      dims_.push_back(count);
      if (count == 0) known_depth_ = true;
    } else if (depth >= dims_.size() || dims_[depth] != count) {
      throw ragged();
    }
    for (Py_ssize_t i = 0; i < count; ++i) {
      read(PySequence_Fast_GET_ITEM(items.ptr(), i), depth + 1);
    }
  }

  void append(nb::handle value) {
    if (PyFloat_Check(value.ptr())) {
      has_real_ = true;
      reals_.push_back(PyFloat_AS_DOUBLE(value.ptr()));
      integers_.push_back(0);
    } else if (PyIndex_Check(value.ptr())) {
      has_integer_ = has_integer_ || !PyBool_Check(value.ptr());
      const nb::object number = nb::steal(PyNumber_Index(value.ptr()));
      const long long integer = number.is_valid() ? PyLong_AsLongLong(number.ptr()) : -1;
      if (integer == -1 && PyErr_Occurred()) throw nb::python_error();
      integers_.push_back(integer);
      reals_.push_back(static_cast<double>(integer));
    } else {
      const nb::object number = nb::steal(PyNumber_Float(value.ptr()));
      if (!number.is_valid()) throw nb::python_error();
      has_real_ = true;
      reals_.push_back(PyFloat_AS_DOUBLE(number.ptr()));
      integers_.push_back(0);
    }
  }

  static bool is_sequence(nb::handle value) {
    return PyList_Check(value.ptr()) || PyTuple_Check(value.ptr()) || PyRange_Check(value.ptr());
  }
  static nb::builtin_exception ragged() {
    return nb::value_error("the sequences are not equally long and deep");
  }

  Dims dims_;
  bool known_depth_ = false;
  bool has_real_ = false, has_integer_ = false;
  std::vector<double> reals_;
  std::vector<std::int64_t> integers_;
};

/// True if an element of a sequence, however deep, is an array or a tensor.
bool holds_arrays(nb::handle value, int depth = 0) {
  if (!(PyList_Check(value.ptr()) || PyTuple_Check(value.ptr())) || depth > 64) return false;
  for (const nb::handle item : nb::borrow<nb::iterable>(value)) {
    if (nb::isinstance<Tensor>(item) || nb::hasattr(item, "__dlpack__")) return true;
    return holds_arrays(item, depth + 1);  // the first tells: ragged sequences are refused anyway
  }
  return false;
}

Tensor stacked(nb::handle sequence) {
  Tensors parts;
  for (const nb::handle item : nb::borrow<nb::iterable>(sequence)) {
    parts.push_back(tensor_from(item));
  }
  return stack(parts);
}

bool is_number(nb::handle value) {
  return PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr());
}

/// A Python integer as a 0-d tensor; of the type beside it, if that is no boolean.
Tensor integer_tensor(nb::handle value, std::optional<DType> beside) {
  if (beside && is_floating(*beside)) {
    const double real = PyLong_AsDouble(value.ptr());
    if (real == -1 && PyErr_Occurred()) throw nb::python_error();
    return Tensor::scalar(real, *beside);
  }
  const std::int64_t integer = PyLong_AsLongLong(value.ptr());
  if (integer == -1 && PyErr_Occurred()) throw nb::python_error();
  const DType dtype = beside && is_integer(*beside) ? *beside : DType::i64;
  if (dtype == DType::u8 ? integer < 0 || integer > 255
                         : dtype == DType::i32 && integer != static_cast<std::int32_t>(integer)) {
    PyErr_Format(PyExc_OverflowError, "%lld is out of the range of %s",
                 static_cast<long long>(integer), std::string(name_of(dtype)).c_str());
    throw nb::python_error();
  }
  return dtype == DType::i64 ? Tensor(integer)
                             : Tensor::scalar(static_cast<double>(integer), dtype);
}

Tensor number_tensor(nb::handle value, std::optional<DType> beside) {
  if (PyBool_Check(value.ptr())) return Tensor(value.ptr() == Py_True);
  if (PyLong_Check(value.ptr())) return integer_tensor(value, beside);
  const double real = PyFloat_AS_DOUBLE(value.ptr());
  return Tensor::scalar(real, beside && is_floating(*beside) ? *beside : DType::f32);
}

double real_of(double value) { return value; }
double real_of(f16 value) { return static_cast<float>(value); }
double real_of(bf16 value) { return static_cast<float>(value); }

nb::object element_of(const std::byte* bytes, DType dtype) {
  return with_dtype(dtype, [&]<class T>() -> nb::object {
    const T& value = *reinterpret_cast<const T*>(bytes);
    if constexpr (std::is_same_v<T, bool>) {
      return nb::bool_(value);
    } else if constexpr (std::is_integral_v<T>) {
      return nb::int_(value);
    } else {
      return nb::float_(real_of(value));
    }
  });
}

nb::object list_of(const Array& array, int axis, const std::byte* bytes) {
  if (axis == array.shape.rank()) return element_of(bytes, array.dtype);
  const std::int64_t step = array.strides[static_cast<std::size_t>(axis)] *
                            static_cast<std::int64_t>(size_of(array.dtype));
  nb::list items;
  for (std::int64_t i = 0; i < array.shape[axis]; ++i) {
    items.append(list_of(array, axis + 1, bytes + i * step));
  }
  return items;
}

/// The storage as nanobind sees it; `Framework` says what it becomes in Python. What it is made of
/// holds the buffer, not the tensor: a tensor may be given another one.
template <class Framework>
nb::object exported(const Tensor& tensor) {
  const Array& array = evaluated(tensor).array();
  auto* held = new Buffer(array.buffer);
  const nb::capsule owner(held, [](void* buffer) noexcept { delete static_cast<Buffer*>(buffer); });
  std::vector<std::size_t> extents(array.shape.begin(), array.shape.end());
  const nb::ndarray<Framework, nb::ro> view(array.bytes(), extents.size(), extents.data(), owner,
                                            array.strides.data(), code_of(array.dtype),
                                            nb::device::cpu::value);
  return nb::cast(view, nb::rv_policy::reference);
}

}  // namespace

Tensor tensor_from(nb::handle value, Memory memory, std::optional<DType> precision) {
  if (nb::isinstance<Tensor>(value)) return *nb::inst_ptr<Tensor>(value);
  if (is_number(value)) return number_tensor(value, precision);
  if (PyList_Check(value.ptr()) || PyTuple_Check(value.ptr()) || PyRange_Check(value.ptr())) {
    return holds_arrays(value) ? stacked(value) : SequenceReader().read(value, precision);
  }
  if (const std::optional<ForeignArray> array = array_of(value)) {
    return tensor_over(*array, memory);
  }
  const std::string type = nb::cast<std::string>(nb::type_name(value.type()));
  throw nb::type_error(("a tensor cannot be made of " + type).c_str());
}

Tensor operand_from(nb::handle value, const Tensor* beside) {
  if (!is_number(value)) return tensor_from(value);
  return number_tensor(value, beside ? std::optional(beside->dtype()) : std::nullopt);
}

nb::object to_numpy(const Tensor& tensor) {
  if (tensor.dtype() == DType::bf16) {
    throw nb::type_error("NumPy has no bfloat16; cast the tensor to float32");
  }
  return exported<nb::numpy>(tensor);
}

nb::object to_dlpack(const Tensor& tensor, std::optional<std::pair<int, int>> max_version) {
  nb::dict keywords;
  if (max_version) {
    keywords["max_version"] = nb::make_tuple(max_version->first, max_version->second);
  }
  return exported<nb::array_api>(tensor).attr("__dlpack__")(**keywords);
}

nb::dict array_interface(const Tensor& tensor) {
  static constexpr const char* kTypes[] = {"|b1", "|u1", "<i4", "<i8",
                                           "<f2", nullptr, "<f4", "<f8"};
  const char* type = kTypes[static_cast<std::size_t>(tensor.dtype())];
  if (!type) throw nb::attribute_error("__array_interface__ has no bfloat16");
  const std::span<const std::byte> bytes = evaluated(tensor).bytes();
  nb::dict description;
  description["shape"] = tensor.shape();
  description["typestr"] = type;
  description["data"] =
      nb::make_tuple(reinterpret_cast<std::uintptr_t>(bytes.data()), true);
  description["version"] = 3;
  return description;
}

nb::object to_list(const Tensor& tensor) {
  const Array& array = evaluated(tensor).array();
  return list_of(array, 0, array.bytes());
}

}  // namespace gradus::python
