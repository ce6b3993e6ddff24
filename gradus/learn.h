#pragma once

// Estimators that learn from tables of examples, what prepares examples for them, and how good
// they are.

#include "gradus/learn/classification_metrics.h"
#include "gradus/learn/clustering_metrics.h"
#include "gradus/learn/decision_tree.h"
#include "gradus/learn/elastic_net.h"
#include "gradus/learn/encoder.h"
#include "gradus/learn/estimator.h"
#include "gradus/learn/estimator_kinds.h"
#include "gradus/learn/folds.h"
#include "gradus/learn/hierarchical.h"
#include "gradus/learn/imputer.h"
#include "gradus/learn/k_means.h"
#include "gradus/learn/k_neighbors.h"
#include "gradus/learn/kernel.h"
#include "gradus/learn/logistic_regression.h"
#include "gradus/learn/naive_bayes.h"
#include "gradus/learn/nearest.h"
#include "gradus/learn/options.h"
#include "gradus/learn/pipeline.h"
#include "gradus/learn/polynomial_features.h"
#include "gradus/learn/regression_metrics.h"
#include "gradus/learn/saving.h"
#include "gradus/learn/scaler.h"
#include "gradus/learn/support_vector_machine.h"
#include "gradus/learn/visitors.h"
