/* A network of linear layers and ReLU, trained by plain SGD on softmax cross-entropy: one run, start to end.

   Weights lie transposed, (inputs, outputs), outputs padded with zeros to whole vectors. Products are made in
   tiles that fit into registers; an update goes into the weights as soon as its tile is summed. */
#include <math.h>

typedef long Int;
typedef T Vector __attribute__((vector_size(64)));
enum { LANES = 64 / sizeof(T) };
#define EACH(i, n) _Pragma("GCC unroll 8") for (int i = 0; i < (n); i++)
#define AT(place) (*(Vector *)(place))
#define TILE static inline __attribute__((always_inline)) void

/* out[r] = bias + sum over k of rows[r][k] * w[k]: R rows, C vectors of columns */
#define FORWARD(R, C)                                                                                          \
    TILE forward_##R##_##C(T **rows, T *w, T *bias, T *out, Int depth, Int width) {                            \
        Vector sum[R][C];                                                                                      \
        EACH(r, R) EACH(c, C) sum[r][c] = bias ? AT(bias + c * LANES) : (Vector){0};                           \
        for (Int k = 0; k < depth; k++)                                                                        \
            EACH(r, R) EACH(c, C) sum[r][c] += rows[r][k] * AT(w + k * width + c * LANES);                     \
        EACH(r, R) EACH(c, C) AT(out + r * width + c * LANES) = sum[r][c];                                     \
    }

/* w[k] -= rate * sum over i of rows[i][k] * grad[i]: 8 rows of weights, C vectors of columns */
#define UPDATE(C)                                                                                              \
    TILE update_##C(T **rows, Int k, T *grad, T *w, Int n, Int width, T rate) {                                \
        Vector sum[8][C];                                                                                      \
        EACH(r, 8) EACH(c, C) sum[r][c] = (Vector){0};                                                         \
        for (Int i = 0; i < n; i++)                                                                            \
            EACH(r, 8) EACH(c, C) sum[r][c] += rows[i][k + r] * AT(grad + i * width + c * LANES);              \
        EACH(r, 8) EACH(c, C) AT(w + (k + r) * width + c * LANES) -= rate * sum[r][c];                         \
    }

FORWARD(8, 2) FORWARD(8, 1) UPDATE(2) UPDATE(1)

/* n and depth of updates: multiples of 8 */
static void forward(T **rows, T *w, T *bias, T *out, Int n, Int depth, Int width) {
    Int j = 0;
    for (; j + 2 * LANES <= width; j += 2 * LANES)
        for (Int i = 0; i < n; i += 8)
            forward_8_2(rows + i, w + j, bias ? bias + j : 0, out + i * width + j, depth, width);
    for (; j < width; j += LANES)
        for (Int i = 0; i < n; i += 8)
            forward_8_1(rows + i, w + j, bias ? bias + j : 0, out + i * width + j, depth, width);
}

static void update(T **rows, T *grad, T *w, T *bias, Int n, Int depth, Int width, T rate) {
    for (Int k = 0; k < depth; k += 8) {
        Int j = 0;
        for (; j + 2 * LANES <= width; j += 2 * LANES) update_2(rows, k, grad + j, w + j, n, width, rate);
        for (; j < width; j += LANES) update_1(rows, k, grad + j, w + j, n, width, rate);
    }
    for (Int i = 0; i < n; i++)
        for (Int j = 0; j < width; j += LANES) AT(bias + j) -= rate * AT(grad + i * width + j);
}

static void transposed(T *w, T *out, Int depth, Int width) {
    for (Int j = 0; j < width; j += 8)
        for (Int k = 0; k < depth; k += 8)
            EACH(a, 8) EACH(b, 8) out[(j + a) * depth + k + b] = w[(k + b) * width + j + a];
}

/* The mean loss; the logits become its gradient. */
static T cross_entropy(T *logits, Int *targets, Int *order, Int n, Int classes, Int width) {
    T loss = 0;
    for (Int i = 0; i < n; i++) {
        T *row = logits + i * width, most = row[0];
        for (Int j = 1; j < classes; j++) most = row[j] > most ? row[j] : most;
        for (Int j = 0; j < width; j++) row[j] = j < classes ? row[j] - most : 0;
        loss -= row[targets[order[i]]];
    }
    for (Int i = 0; i < n * width; i++) logits[i] = exp(logits[i]);
    for (Int i = 0; i < n; i++) {
        T *row = logits + i * width, sum = 0;
        for (Int j = 0; j < classes; j++) sum += row[j];
        for (Int j = 0; j < width; j++) row[j] = j < classes ? row[j] / (sum * n) : 0;
        row[targets[order[i]]] -= (T)1 / n;
        loss += log(sum);
    }
    return loss / n;
}

/* sizes: layers + 1, padded. w, bias, h: of each layer, h for what it gives. spare: three of the largest. */
void train(Int layers, Int *sizes, Int classes, T **w, T **bias, T **h, T **spare, T *inputs, Int *targets,
           Int *order, Int n, Int steps, T *rates, T *losses) {
    T *rows[layers][n], *of_grad[n];
    for (Int t = 0; t < steps; t++, order += n) {
        for (Int l = 0; l < layers; l++) {
            Int values = n * sizes[l + 1];
            for (Int i = 0; i < n; i++)
                rows[l][i] = l ? h[l - 1] + i * sizes[l] : inputs + order[i] * sizes[0];
            forward(rows[l], w[l], bias[l], h[l], n, sizes[l], sizes[l + 1]);
            for (Int v = 0; l + 1 < layers && v < values; v++) h[l][v] = h[l][v] > 0 ? h[l][v] : 0;
        }
        T *grad = h[layers - 1];
        losses[t] = cross_entropy(grad, targets, order, n, classes, sizes[layers]);
        for (Int l = layers - 1; l >= 0; l--) {
            T *below = spare[l % 2];
            if (l) {
                for (Int i = 0; i < n; i++) of_grad[i] = grad + i * sizes[l + 1];
                transposed(w[l], spare[2], sizes[l], sizes[l + 1]);
                forward(of_grad, spare[2], 0, below, n, sizes[l + 1], sizes[l]);
                for (Int v = 0; v < n * sizes[l]; v++) below[v] = h[l - 1][v] > 0 ? below[v] : 0;
            }
            update(rows[l], grad, w[l], bias[l], n, sizes[l], sizes[l + 1], rates[t]);
            grad = below;
        }
    }
}
