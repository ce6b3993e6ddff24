// Internal: what the augmentations of images are made of.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "gradus/base/philox.h"
#include "gradus/core/tensor.h"

namespace gradus::data {

/// A window that is laid over an image at random and shows what becomes of it. Every image draws
/// for itself: the window's place, uniform among all that the margin allows, and whether it
/// mirrors what it shows. Lengths are in pixels, height first.
struct RandomWindow {
  const char* operation = "";                   ///< what errors call it
  std::array<std::int64_t, 2> size = {0, 0};    ///< 0: that of the image
  std::array<std::int64_t, 2> margin = {0, 0};  ///< how far it may stand out on each side
  float upside_down = 0;                        ///< probability
  float mirrored = 0;                           ///< probability that left and right are exchanged
  float fill = 0;                               ///< what it shows outside of the image
};

/// image: (channels, height, width) -> (channels, height', width'). Throws Error if examples of
/// that shape are not images, if a window could not be laid over them or could miss them, and if
/// `fill` is no element of `dtype`.
Shape infer(const RandomWindow& window, const Shape& image, DType dtype);

/// images: (batch, channels, height, width) of any type; keys: one for each image. -> (batch,
/// channels, height', width') of the same type, evaluated. Throws Error as infer() does.
Tensor look_through(const RandomWindow& window, const Tensor& images,
                    std::span<const RandomKey> keys);

}  // namespace gradus::data
