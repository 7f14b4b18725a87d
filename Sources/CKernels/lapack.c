// The door to LAPACK. Its symbols are weak: a program links and runs without them.
#include "fledge_lapack.h"

#include <stddef.h>

#ifdef __APPLE__
#define OPTIONAL __attribute__((weak_import))
#else
#define OPTIONAL __attribute__((weak))
#endif

// Fortran passes everything by reference, and the lengths of strings at the end.
extern void dgetrf_(const int32_t *m, const int32_t *n, double *a, const int32_t *lda,
                    int32_t *pivots, int32_t *info) OPTIONAL;
extern void dgetrs_(const char *trans, const int32_t *n, const int32_t *count, const double *a,
                    const int32_t *lda, const int32_t *pivots, double *b, const int32_t *ldb,
                    int32_t *info, size_t) OPTIONAL;
extern void dgeqrf_(const int32_t *m, const int32_t *n, double *a, const int32_t *lda, double *tau,
                    double *work, const int32_t *work_size, int32_t *info) OPTIONAL;
extern void dorgqr_(const int32_t *m, const int32_t *n, const int32_t *k, double *a,
                    const int32_t *lda, const double *tau, double *work, const int32_t *work_size,
                    int32_t *info) OPTIONAL;
extern void dgesdd_(const char *job, const int32_t *m, const int32_t *n, double *a,
                    const int32_t *lda, double *s, double *u, const int32_t *ldu, double *vt,
                    const int32_t *ldvt, double *work, const int32_t *work_size, int32_t *places,
                    int32_t *info, size_t) OPTIONAL;
extern void dsyevd_(const char *job, const char *triangle, const int32_t *n, double *a,
                    const int32_t *lda, double *values, double *work, const int32_t *work_size,
                    int32_t *places, const int32_t *place_count, int32_t *info, size_t,
                    size_t) OPTIONAL;
extern void dpotrf_(const char *triangle, const int32_t *n, double *a, const int32_t *lda,
                    int32_t *info, size_t) OPTIONAL;

bool fledge_has_lapack(void) {
  return dgetrf_ && dgetrs_ && dgeqrf_ && dorgqr_ && dgesdd_ && dsyevd_ && dpotrf_;
}

int32_t fledge_lapack_lu(int32_t n, double *a, int32_t *pivots) {
  int32_t info = 0;
  dgetrf_(&n, &n, a, &n, pivots, &info);
  return info;
}

int32_t fledge_lapack_lu_solve_transposed(int32_t n, int32_t count, const double *lu,
                                          const int32_t *pivots, double *b) {
  int32_t info = 0;
  dgetrs_("T", &n, &count, lu, &n, pivots, b, &n, &info, 1);
  return info;
}

int32_t fledge_lapack_qr(int32_t m, int32_t n, double *a, double *tau, double *work,
                         int32_t work_size) {
  int32_t info = 0;
  dgeqrf_(&m, &n, a, &m, tau, work, &work_size, &info);
  return info;
}

int32_t fledge_lapack_qr_basis(int32_t m, int32_t n, double *a, const double *tau, double *work,
                               int32_t work_size) {
  int32_t info = 0;
  dorgqr_(&m, &n, &n, a, &m, tau, work, &work_size, &info);
  return info;
}

int32_t fledge_lapack_svd(int32_t m, int32_t n, double *a, double *s, double *u, double *vt,
                          double *work, int32_t work_size, int32_t *places) {
  int32_t info = 0, k = m < n ? m : n;
  dgesdd_("S", &m, &n, a, &m, s, u, &m, vt, &k, work, &work_size, places, &info, 1);
  return info;
}

int32_t fledge_lapack_symmetric_eigen(int32_t n, double *a, double *values, double *work,
                                      int32_t work_size, int32_t *places, int32_t place_count) {
  int32_t info = 0;
  dsyevd_("V", "U", &n, a, &n, values, work, &work_size, places, &place_count, &info, 1, 1);
  return info;
}

int32_t fledge_lapack_cholesky(int32_t n, double *a) {
  int32_t info = 0;
  dpotrf_("U", &n, a, &n, &info, 1);
  return info;
}
