/* The service of the demo: answers every HTTP request with its name and version. It listens on the
 * port that Sous gives it in PORT0 and stops at once on SIGTERM. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int signal) {
  (void)signal;
  _exit(0);
}

int main(void) {
  const char *port = getenv("PORT0");
  const char *version = getenv("APP_VERSION");
  const char *host = getenv("TASK_HOST");
  struct sockaddr_in address = {.sin_family = AF_INET};
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  int yes = 1;

  signal(SIGTERM, stop);
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  address.sin_port = htons((unsigned short)(port ? atoi(port) : 8080));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(listener, 64) != 0) {
    perror("hello: cannot listen");
    return 1;
  }
  printf("hello %s listens on %s:%d\n", version ? version : "?", host ? host : "127.0.0.1",
         ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    char request[4096];
    char body[256];
    char answer[512];
    int connection = accept(listener, NULL, NULL);
    if (connection < 0) {
      continue;
    }
    if (read(connection, request, sizeof request) > 0) {
      int length = snprintf(body, sizeof body, "hello from version %s\n", version ? version : "?");
      int size = snprintf(answer, sizeof answer,
                          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                          "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
                          length, body);
      if (write(connection, answer, (size_t)size) != size) {
        fprintf(stderr, "hello: a client went away\n");
      }
    }
    close(connection);
  }
}
