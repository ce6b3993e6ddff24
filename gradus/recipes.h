#pragma once

// Recipes, the runs made of them and their reports, as the program has them. Apart from gradus.h,
// because few programs need it and it would take a sixth more time to include.

#include "gradus/gradus.h"
#include "gradus/report/plot.h"
#include "gradus/report/profile_report.h"
#include "gradus/report/report.h"
#include "gradus/train/choice.h"
#include "gradus/train/data_recipe.h"
#include "gradus/train/model_recipe.h"
#include "gradus/train/option_values.h"
#include "gradus/train/place.h"
#include "gradus/train/recipe.h"
#include "gradus/train/recipe_errors.h"
#include "gradus/train/recipe_keys.h"
#include "gradus/train/recipe_visitor.h"
#include "gradus/train/run.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/run_log.h"
#include "gradus/train/trained_model.h"
#include "gradus/train/training_recipe.h"
