// MPI as the system installs it (Debian/Ubuntu: libopenmpi-dev). Its constants are macros, which Swift
// does not see, so the few calls that the transport makes are written out here. An error inside MPI
// ends the program, as is MPI's default.
#pragma once
#include <mpi.h>
#include <stdint.h>

// Two spaces of tags: messages' headers, and the contents that do not fit into a header.
typedef struct {
  MPI_Comm headers, contents;
  int rank, size, largest_tag;
} fledge_mpi_world;

// Starts MPI for several threads, of which one at a time is inside it. 0 where it cannot.
static inline int fledge_mpi_start(fledge_mpi_world *world) {
  int is_started = 0, level = 0, *largest = 0, is_set = 0;
  MPI_Initialized(&is_started);
  if (is_started) MPI_Query_thread(&level);
  else MPI_Init_thread(0, 0, MPI_THREAD_SERIALIZED, &level);
  if (level < MPI_THREAD_SERIALIZED) return 0;
  MPI_Comm_dup(MPI_COMM_WORLD, &world->headers);
  MPI_Comm_dup(MPI_COMM_WORLD, &world->contents);
  MPI_Comm_rank(MPI_COMM_WORLD, &world->rank);
  MPI_Comm_size(MPI_COMM_WORLD, &world->size);
  MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &largest, &is_set);
  world->largest_tag = is_set ? *largest : 32767;
  return 1;
}

static inline void fledge_mpi_end(void) {
  int is_over = 0;
  MPI_Finalized(&is_over);
  if (!is_over) MPI_Finalize();
}

static inline void fledge_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

static inline void fledge_mpi_send(
    MPI_Comm comm, const void *bytes, int count, int to, int tag, MPI_Request *request) {
  MPI_Isend(bytes, count, MPI_BYTE, to, tag, comm, request);
}

static inline void fledge_mpi_receive(
    MPI_Comm comm, void *bytes, int count, int from, int tag, MPI_Request *request) {
  MPI_Irecv(bytes, count, MPI_BYTE, from, tag, comm, request);
}

// Whether the request is done; once it is, the request is spent.
static inline int fledge_mpi_test(MPI_Request *request) {
  int is_done = 0;
  MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
  return is_done;
}

// Takes hold of the next message of a tag from anybody: its sender and size; 0 if there is none.
static inline int fledge_mpi_next(
    MPI_Comm comm, int tag, int *from, int *count, MPI_Message *message) {
  int is_there = 0;
  MPI_Status status;
  MPI_Improbe(MPI_ANY_SOURCE, tag, comm, &is_there, message, &status);
  if (!is_there) return 0;
  *from = status.MPI_SOURCE;
  MPI_Get_count(&status, MPI_BYTE, count);
  return 1;
}

static inline void fledge_mpi_take(void *bytes, int count, MPI_Message *message) {
  MPI_Mrecv(bytes, count, MPI_BYTE, message, MPI_STATUS_IGNORE);
}

// The kinds of numbers that MPI reduces, and how.
enum { fledge_f32, fledge_f64, fledge_i8, fledge_u8, fledge_i32, fledge_i64 };
enum { fledge_sum, fledge_max, fledge_min };

static inline MPI_Datatype fledge_mpi_type(int type) {
  switch (type) {
    case fledge_f32: return MPI_FLOAT;
    case fledge_f64: return MPI_DOUBLE;
    case fledge_i8: return MPI_INT8_T;
    case fledge_u8: return MPI_UINT8_T;
    case fledge_i32: return MPI_INT32_T;
    default: return MPI_INT64_T;
  }
}

static inline void fledge_mpi_all_reduce(
    MPI_Comm comm, void *x, int count, int type, int operation) {
  MPI_Op op = operation == fledge_sum ? MPI_SUM : operation == fledge_max ? MPI_MAX : MPI_MIN;
  MPI_Allreduce(MPI_IN_PLACE, x, count, fledge_mpi_type(type), op, comm);
}

static inline void fledge_mpi_broadcast(MPI_Comm comm, void *x, int count, int root) {
  MPI_Bcast(x, count, MPI_BYTE, root, comm);
}

static inline void fledge_mpi_all_gather(
    MPI_Comm comm, void *x, const int *counts, const int *starts) {
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_BYTE, x, counts, starts, MPI_BYTE, comm);
}
