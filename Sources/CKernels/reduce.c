// Sum, sum of squares, product, maximum and minimum, in the forms of reduce_template.h.
#include "support.h"

enum {
  BLOCK = 4096,    // elements added up lane by lane before blocks are joined pairwise
  ROW_BLOCK = 64,  // the same for rows, in the columns form
  LEVELS = 56,     // enough for 2⁵⁶ blocks
};

#define ADD(a, b) ((a) + (b))
#define ADD_SQUARE(total, x) ((total) + (x) * (x))
#define MULTIPLY(a, b) ((a) * (b))
// A NaN on either side stays: x is taken if it is NaN, and nothing compares greater than a NaN total.
#define GREATER(total, x) ((((x) > (total)) | ((x) != (x))) ? (x) : (total))
#define LESSER(total, x) ((((x) < (total)) | ((x) != (x))) ? (x) : (total))

#define NAME sum
#define IDENTITY 0
#define STEP ADD
#define MERGE ADD
#define WHOLE
#define PARTS
#include "reduce_template.h"

#define NAME sumsq
#define IDENTITY 0
#define STEP ADD_SQUARE
#define MERGE ADD
#define WHOLE
#include "reduce_template.h"

#define NAME prod
#define IDENTITY 1
#define STEP MULTIPLY
#define MERGE MULTIPLY
#define PARTS
#include "reduce_template.h"

#define NAME max
#define IDENTITY -__builtin_inff()
#define STEP GREATER
#define MERGE GREATER
#define WHOLE
#define PARTS
#include "reduce_template.h"

#define NAME min
#define IDENTITY __builtin_inff()
#define STEP LESSER
#define MERGE LESSER
#define WHOLE
#define PARTS
#include "reduce_template.h"
