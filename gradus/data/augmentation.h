#pragma once

#include <vector>

#include "gradus/base/pointer.h"
#include "gradus/data/loader.h"
#include "gradus/nn/options.h"

namespace gradus::data {

struct RandomWindow;  // gradus/data/random_window.h

/// Random changes of images, one after the other, for training batches: a Transform of DataLoader.
///
///     const Augmentation shaken = in_order({horizontal_flip(), shift({.pixels = {2}})});
///     DataLoader loader(train, {.shuffle = true, .key = Key(1), .transform = shaken});
///
/// What becomes of an example depends on the key and on the example's number alone: not on its
/// place in a batch, on threads, or on what was handed out before.
class Augmentation {
 public:
  /// Changes nothing.
  Augmentation();
  /// For the functions below.
  explicit Augmentation(std::vector<RandomWindow> changes);

  /// image: (channels, height, width) -> (channels, height', width'). Throws Error if examples of
  /// that shape and type cannot be changed this way.
  Shape infer(const Shape& image, DType dtype) const;

  /// images: (batch, channels, height, width) of any type -> (batch, channels, height', width') of
  /// the same type, evaluated. Throws Error as infer() does.
  Tensor operator()(const Tensor& images, const TransformContext& context) const;
  /// Changes the inputs and leaves the targets.
  Batch operator()(const Batch& batch, const TransformContext& context) const {
    return {(*this)(batch.inputs, context), batch.targets};
  }

  const std::vector<RandomWindow>& changes() const noexcept { return *changes_; }

 private:
  Shared<const std::vector<RandomWindow>> changes_;
};

/// One after the other, in this order.
Augmentation in_order(const std::vector<Augmentation>& parts);

struct FlipOptions {
  float probability = 0.5f;
  void fields(nn::OptionVisitor& v) { v("probability", probability); }
};
/// Exchanges left and right.
Augmentation horizontal_flip(const FlipOptions& options = {});
/// Exchanges top and bottom.
Augmentation vertical_flip(const FlipOptions& options = {});

struct ShiftOptions {
  Dims pixels = {2};  ///< the most, for both axes or for height and width
  float fill = 0;     ///< of what is left behind, in the units of the images
  void fields(nn::OptionVisitor& v);
};
/// Moves an image by a whole number of pixels along each axis, uniform in [-pixels, pixels].
Augmentation shift(const ShiftOptions& options = {});

struct CropOptions {
  Dims size = {};      ///< of what is taken, height and width; empty: the image's own
  Dims padding = {4};  ///< pixels added on each side, for both axes or for height and width
  float fill = 0;      ///< of the padding, in the units of the images
  void fields(nn::OptionVisitor& v);
};
/// Pads an image, then takes a part of it from a place chosen uniformly. With the size of the image
/// it is a shift. Source: He et al. 2016, section 4.2; Krizhevsky et al. 2012, section 4.1.
Augmentation crop(const CropOptions& options = {});

}  // namespace gradus::data
