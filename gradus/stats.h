#pragma once

// Probability and statistics in one include: distributions, tables, information, estimation.

#include "gradus/stats/bernoulli.h"
#include "gradus/stats/beta.h"
#include "gradus/stats/binomial.h"
#include "gradus/stats/categorical.h"
#include "gradus/stats/dirichlet.h"
#include "gradus/stats/distribution.h"
#include "gradus/stats/exponential.h"
#include "gradus/stats/gamma.h"
#include "gradus/stats/geometric.h"
#include "gradus/stats/information.h"
#include "gradus/stats/joint_table.h"
#include "gradus/stats/laplace.h"
#include "gradus/stats/mixture.h"
#include "gradus/stats/moments.h"
#include "gradus/stats/multinomial.h"
#include "gradus/stats/normal.h"
#include "gradus/stats/poisson.h"
#include "gradus/stats/student_t.h"
#include "gradus/stats/uniform.h"
