#include "gradus/data/random_window.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/core/array.h"

namespace gradus::data {
namespace {

constexpr std::int64_t kGrain = 1 << 16;  // bytes that one thread fills in a piece

/// Where one window lies, and how it shows what it sees.
struct View {
  std::int64_t top = 0, left = 0;  ///< of the window, from the image's corner
  bool upside_down = false, mirrored = false;
};

/// A number in [0, count), count < 2^32, with a probability that is off by less than count / 2^32
/// of itself. Source: Lemire 2019.
std::int64_t below(std::int64_t count, std::uint32_t word) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(count) * word >> 32);
}

/// True with the probability, to the nearest multiple of 2^-32.
bool happens(float probability, std::uint32_t word) {
  return word < static_cast<std::uint64_t>(std::llround(double{probability} * 0x1p32));
}

/// Takes the four words of a block: top, left, upside down, mirrored.
View draw(const RandomWindow& window, const Shape& image, const Shape& seen, RandomKey key) {
  const auto words = random_words(key, 0);
  const auto place = [&](int axis) {
    const std::int64_t margin = window.margin[static_cast<std::size_t>(axis)];
    const std::int64_t places = image[axis + 1] + 2 * margin - seen[axis + 1] + 1;
    return below(places, words[static_cast<std::size_t>(axis)]) - margin;
  };
  return {place(0), place(1), happens(window.upside_down, words[2]),
          happens(window.mirrored, words[3])};
}

/// Rows and columns of one channel.
struct Extent {
  std::int64_t height, width;
};

/// Writes what the window shows of one channel. T: a word of an element's bytes.
template <class T>
void copy_seen(const View& view, const T* channel, Extent whole, T fill, T* seen, Extent part) {
  // The columns of the window that lie in the image.
  const std::int64_t first = std::clamp<std::int64_t>(-view.left, 0, part.width);
  const std::int64_t last = std::clamp(whole.width - view.left, first, part.width);
  for (std::int64_t y = 0; y < part.height; ++y, seen += part.width) {
    const std::int64_t row = view.top + (view.upside_down ? part.height - 1 - y : y);
    if (row < 0 || row >= whole.height) {
      std::fill_n(seen, part.width, fill);
      continue;
    }
    std::fill_n(seen, first, fill);
    std::copy_n(channel + row * whole.width + view.left + first, last - first, seen + first);
    std::fill_n(seen + last, part.width - last, fill);
    if (view.mirrored) std::reverse(seen, seen + part.width);
  }
}

bool is_element(float fill, DType dtype) {
  return with_dtype(dtype, [&]<class T>() {
    if constexpr (!std::is_integral_v<T>) {
      return true;
    } else {
      const double low = static_cast<double>(std::numeric_limits<T>::lowest());
      const double above = static_cast<double>(std::numeric_limits<T>::max()) + 1;
      return fill >= low && fill < above && std::floor(fill) == fill;
    }
  });
}

/// The bytes of `fill` as an element of `dtype`.
template <class T>
T word_of(float fill, DType dtype) {
  const Tensor element = Tensor::scalar(fill, dtype);
  T word;
  std::memcpy(&word, element.bytes().data(), sizeof(T));
  return word;
}

void check_batch(const RandomWindow& window, const Tensor& images, std::size_t keys) {
  if (images.defined() && images.rank() == 4 &&
      images.shape()[0] == static_cast<std::int64_t>(keys)) {
    return;
  }
  throw Error(ErrorCode::shape, window.operation,
              fmt::format("takes {} images (batch, channels, height, width), not {}", keys,
                          images.signature()));
}

}  // namespace

Shape infer(const RandomWindow& window, const Shape& image, DType dtype) {
  const auto refuse = [&](ErrorCode code, const std::string& what) {
    throw Error(code, window.operation, what, {image});
  };
  if (image.rank() != 3) {
    refuse(ErrorCode::shape,
           fmt::format("takes images (channels, height, width), not shape {}", image.to_string()));
  }
  Dims seen = image.dims();
  for (std::size_t axis = 0; axis < 2; ++axis) {
    std::int64_t& length = seen[axis + 1];
    const std::int64_t margin = window.margin[axis];
    if (window.size[axis] > 0) length = window.size[axis];
    if (length > image.dims()[axis + 1] + 2 * margin) {
      refuse(ErrorCode::shape,
             fmt::format("{} pixels cannot be taken from images of shape {} with {} more on each "
                         "side",
                         length, image.to_string(), margin));
    }
    if (margin >= length) {
      refuse(ErrorCode::shape, fmt::format("{} pixels on each side are too many for images of "
                                           "shape {}: nothing of one might be left",
                                           margin, image.to_string()));
    }
  }
  if (!is_element(window.fill, dtype)) {
    refuse(ErrorCode::dtype,
           fmt::format("images of {} cannot be filled with {}", name_of(dtype), window.fill));
  }
  return Shape(std::move(seen));
}

Tensor look_through(const RandomWindow& window, const Tensor& images,
                    std::span<const RandomKey> keys) {
  check_batch(window, images, keys.size());
  const Shape image(std::span(images.shape().dims()).subspan(1));
  const Shape seen = infer(window, image, images.dtype());
  const Extent whole{image[1], image[2]}, part{seen[1], seen[2]};
  const Array source = row_major_copy(images.array());
  Array target{.shape = {images.shape()[0], seen[0], seen[1], seen[2]},
               .dtype = images.dtype(),
               .strides = {},
               .buffer = {}};
  allocate_row_major(target);
  with_word(size_of(target.dtype), [&]<class T>() {
    const T fill = word_of<T>(window.fill, target.dtype);
    const std::int64_t bytes = seen.size() * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t grain = kGrain / std::max<std::int64_t>(bytes, 1);
    parallel_for(images.shape()[0], grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const View view = draw(window, image, seen, keys[static_cast<std::size_t>(i)]);
        const T* channel = source.data<T>() + i * image.size();
        T* out = target.mutable_data<T>() + i * seen.size();
        for (std::int64_t c = 0; c < image[0]; ++c) {
          copy_seen(view, channel, whole, fill, out, part);
          channel += whole.height * whole.width;
          out += part.height * part.width;
        }
      }
    });
  });
  return Tensor::from_array(std::move(target));
}

}  // namespace gradus::data
