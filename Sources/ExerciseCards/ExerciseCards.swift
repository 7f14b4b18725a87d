import FledgeCourse

/// The chapters of the course, in order. A new chapter is a folder beside this file and a line here.
package let courseChapters: [Chapter] = [
  .warmUp,
  .scalarAutograd,
  .tensorStorage,
  .cpuKernels,
  .tensorAutograd,
  .modules,
  .training,
  .data,
  .vision,
  .recurrent,
]
