# SPDX-License-Identifier: GPL-3.0-or-later
# The table of run.sh, from lines "point size who CPU-in-us rate", one for each turn. A ratio is taken within a turn, whose
# measurements lie close together in time; of the turns the median is shown, and the least and the greatest.
{
    row = $1 " " $2
    if (!(row in known)) {
        known[row] = 1
        rows[++row_count] = row
    }
    turn = ++turns[row, $3]
    cpu[row, $3, turn] = $4 / 1000
    rate[row, $3, turn] = $5
}

function sort(v, n,    i, j, x) {
    for (i = 2; i <= n; i++) {
        x = v[i]
        for (j = i - 1; j > 0 && v[j] > x; j--)
            v[j + 1] = v[j]
        v[j + 1] = x
    }
}

function middle(v, n) {
    sort(v, n)
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function median(figures, row, who,    i, n, v) {
    n = turns[row, who]
    for (i = 1; i <= n; i++)
        v[i] = figures[row, who, i]
    return middle(v, n)
}

function ratio(figures, row, whom,    i, n, v, m) {
    n = turns[row, "opec"]
    for (i = 1; i <= n; i++)
        v[i] = figures[row, "opec", i] / figures[row, whom, i]
    m = middle(v, n)
    return sprintf("%.2f (%.2f-%.2f)", m, v[1], v[n])
}

END {
    format = "%-9s %-7s %-18s %-18s %-18s %8s %8s %8s %8s %8s\n"
    printf format, "", "", "CPU opec/floor", "CPU opec/crypto", "rate opec/floor", "opec", "floor", "crypto", "opec", "floor"
    printf format, "point", "size", "", "", "", "ms", "ms", "ms", "msg/s", "msg/s"
    for (i = 1; i <= row_count; i++) {
        row = rows[i]
        split(row, name, " ")
        printf format, name[1], name[2], ratio(cpu, row, "floor"), ratio(cpu, row, "crypto"), ratio(rate, row, "floor"),
            sprintf("%.3f", median(cpu, row, "opec")), sprintf("%.3f", median(cpu, row, "floor")),
            sprintf("%.3f", median(cpu, row, "crypto")), sprintf("%.0f", median(rate, row, "opec")),
            sprintf("%.0f", median(rate, row, "floor"))
    }
}
