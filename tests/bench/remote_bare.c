/*
 * remote_bare ENDPOINT CA_FILE REPOSITORY SHARDS BYTES CONNECTIONS [http1|http2 [direct]]
 *
 * What libcurl alone needs for the requests of a sharded model: the model's facts, then all
 * resolves at once, and a Range request for each as soon as its address is there. Nothing is parsed
 * or checked. Prints wall seconds, requests, connections and bytes. `http1`: for hosts without
 * HTTP/2, where waiting for a connection that more than one can use would be in vain. `direct`: the
 * Hub sends the files itself, so that ranges are asked at once.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static CURLM *multi;
static const char *ca_file;
static long range_bytes, shards, connections, waits = 1;
static size_t bytes, requests;
static int direct;
static char text[1 << 22];
static size_t text_len;

typedef enum kind { FACTS, RESOLVE, RANGE } kind;

static size_t take(char *ptr, size_t size, size_t count, void *user) {
    if ((kind)(size_t)user == FACTS && text_len + size * count < sizeof text) {
        memcpy(text + text_len, ptr, size * count);
        text_len += size * count;
    }
    bytes += size * count;
    return size * count;
}

static void start(const char *url, kind what) {
    static char range[64];
    CURL *easy = curl_easy_init();
    snprintf(range, sizeof range, "0-%ld", range_bytes - 1);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, waits);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *)(size_t)what);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)(size_t)what);
    if (what == FACTS)
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (what == RANGE)
        curl_easy_setopt(easy, CURLOPT_RANGE, range);
    curl_multi_add_handle(multi, easy);
    requests++;
}

static void ask_all(const char *endpoint, const char *repository) {
    char url[1024];
    char commit[41] = "main";
    const char *sha = strstr(text, "\"sha\":\"");
    if (sha)
        snprintf(commit, sizeof commit, "%.40s", sha + 7);
    for (long i = 1; i <= shards; i++) {
        snprintf(url, sizeof url, "%s/%s/resolve/%s/model-%05ld-of-%05ld.safetensors", endpoint,
                 repository, commit, i, shards);
        start(url, direct ? RANGE : RESOLVE);
    }
}

static void finish(CURL *easy, const char *endpoint, const char *repository) {
    char *what = NULL;
    char *location = NULL;
    long made = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &what);
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &made);
    connections += made;
    if ((kind)(size_t)what == FACTS)
        ask_all(endpoint, repository);
    else if ((kind)(size_t)what == RESOLVE && location)
        start(location, RANGE);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
}

static double clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    char url[1024];
    int running = 1;
    if (argc < 7)
        return 1;
    waits = argc < 8 || strcmp(argv[7], "http1") != 0;
    direct = argc > 8 && strcmp(argv[8], "direct") == 0;
    double begin = clock_now();
    ca_file = argv[2];
    shards = strtol(argv[4], NULL, 10);
    range_bytes = strtol(argv[5], NULL, 10);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, strtol(argv[6], NULL, 10));
    curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000L);
    snprintf(url, sizeof url, "%s/api/models/%s/revision/main?blobs=true", argv[1], argv[3]);
    start(url, FACTS);
    while (running) {
        CURLMsg *message;
        int left;
        curl_multi_perform(multi, &running);
        while ((message = curl_multi_info_read(multi, &left)) != NULL)
            if (message->msg == CURLMSG_DONE) {
                finish(message->easy_handle, argv[1], argv[3]);
                running = 1;
            }
        if (running)
            curl_multi_poll(multi, NULL, 0, 100, NULL);
    }
    curl_multi_cleanup(multi);
    printf("%.4f %zu %ld %zu\n", clock_now() - begin, requests, connections, bytes);
    return 0;
}
