// Measures FAISS on a file of codes and one of queries, as bench/internal/dataset writes them:
//
//	faiss CODES QUERIES RADIUS NAME
//
// prints a line of JSON for IndexBinaryFlat and one for IndexBinaryMultiHash, which is set up to find everything, as the
// flat one does. One thread. Radii of FAISS are exclusive, ours inclusive.
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <malloc.h>
#include <omp.h>

#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/impl/AuxIndexStructures.h>

namespace {

struct Codes {
    uint32_t bits = 0;
    uint64_t n = 0;
    std::vector<uint8_t> bytes;
    const uint8_t* at(size_t i) const { return bytes.data() + i * (bits / 8); }
};

Codes read(const char* path) {
    std::ifstream f(path, std::ios::binary);
    char header[32];
    Codes c;
    if (!f.read(header, sizeof header) || std::memcmp(header, "HMDS\1\0\0\0", 8) != 0)
        throw std::runtime_error(std::string(path) + " is no file of codes");
    std::memcpy(&c.bits, header + 8, 4);
    std::memcpy(&c.n, header + 16, 8);
    if (c.bits != 64 && c.bits != 256)
        throw std::runtime_error("codes of another width");
    c.bytes.resize(c.n * (c.bits / 8));
    if (!f.read(reinterpret_cast<char*>(c.bytes.data()), c.bytes.size()))
        throw std::runtime_error(std::string(path) + " is cut");
    return c;
}

uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

double clockTime() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double processorTime() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

size_t inUse() {
    auto m = mallinfo2();
    return m.uordblks + m.hblkhd; // blocks, and those that were mapped
}

constexpr double effort = 1.5;   // seconds for single queries, and about as much for batches
constexpr size_t covered = 256;  // queries of the digest

void measure(const std::string& name, faiss::IndexBinary& index, const Codes& codes, const Codes& queries, int radius) {
    size_t before = inUse();
    double start = clockTime();
    index.add(codes.n, codes.bytes.data());
    double build = clockTime() - start;
    double bytes = double(inUse() - before) / codes.n;

    std::vector<double> times;
    for (size_t i = 0; i < queries.n && (times.size() < 3 || clockTime() - start < effort + build); i++) {
        faiss::RangeSearchResult found(1);
        double t = clockTime();
        index.range_search(1, queries.at(i), radius + 1, &found);
        times.push_back(clockTime() - t);
    }
    std::sort(times.begin(), times.end());
    double median = times[times.size() / 2], p99 = times.size() < 100 ? 0 : times[times.size() * 99 / 100];

    size_t n = std::min<size_t>(queries.n, std::max<size_t>(16, effort / median));
    double batch;
    {
        faiss::RangeSearchResult found(n);
        double t = processorTime();
        index.range_search(n, queries.bytes.data(), radius + 1, &found);
        batch = (processorTime() - t) / n;
    }

    size_t covers = std::min<size_t>(covered, queries.n);
    faiss::RangeSearchResult found(covers);
    index.range_search(covers, queries.bytes.data(), radius + 1, &found);
    uint64_t hits = found.lims[covers], digest = 0;
    for (size_t q = 0; q < covers; q++)
        for (size_t i = found.lims[q]; i < found.lims[q + 1]; i++)
            digest += mix((uint64_t(q) << 32) + uint64_t(found.labels[i]) + 0x9e3779b97f4a7c15);

    std::printf(
            "{\"engine\":\"%s\",\"width\":%u,\"n\":%" PRIu64 ",\"radius\":%d,\"single\":%.1f,\"p99\":%.1f,\"batch\":%.1f,"
            "\"batchOf\":%zu,\"build\":%.3f,\"bytes\":%.1f,\"hits\":%" PRIu64 ",\"digest\":%" PRIu64 ",\"covers\":%zu}\n",
            name.c_str(), codes.bits, codes.n, radius, median * 1e9, p99 * 1e9, batch * 1e9, n, build, bytes, hits, digest, covers);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 5)
        throw std::runtime_error("usage: faiss CODES QUERIES RADIUS NAME");
    omp_set_num_threads(1);
    Codes codes = read(argv[1]), queries = read(argv[2]);
    int radius = std::stoi(argv[3]);
    std::string name = argv[4];
    {
        faiss::IndexBinaryFlat flat(codes.bits);
        measure(name + " flat", flat, codes, queries, radius);
    }
    {
        // Substrings of 16 bits: within the radius, one of them differs in at most radius / tables bits.
        int tables = codes.bits / 16;
        faiss::IndexBinaryMultiHash hash(codes.bits, tables, 16);
        hash.own_fields = true;
        hash.nflip = radius / tables;
        measure(name + " MultiHash", hash, codes, queries, radius);
    }
} catch (const std::exception& e) {
    std::fprintf(stderr, "faiss: %s\n", e.what());
    return 1;
}
