#include "gradus/data/augmentation_kinds.h"

namespace gradus::data {
namespace {

template <class Options, Augmentation (*function)(const Options&)>
class MakerOf final : public AugmentationMaker {
 public:
  void fields(nn::OptionVisitor& v) override { options_.fields(v); }
  Augmentation make() const override { return function(options_); }

 private:
  Options options_;
};

template <class Options, Augmentation (*function)(const Options&)>
constexpr AugmentationKind kind(const char* name, const char* doc) {
  return {name, doc, []() -> Owned<AugmentationMaker> {
            return make_owned<MakerOf<Options, function>>();
          }};
}

constexpr AugmentationKind kAugmentations[] = {
    kind<FlipOptions, horizontal_flip>("horizontal_flip", "Exchanges left and right."),
    kind<FlipOptions, vertical_flip>("vertical_flip", "Exchanges top and bottom."),
    kind<ShiftOptions, shift>("shift", "Moves an image by up to so many pixels."),
    kind<CropOptions, crop>("crop", "Pads an image and takes a part of it."),
};

}  // namespace

std::span<const AugmentationKind> augmentation_kinds() { return kAugmentations; }

}  // namespace gradus::data
