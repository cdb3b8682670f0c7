/* The floor: start N processes, at most J at a time, each with a log of its own, and wait.
 *
 *     floor FOLDER N J
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static void start(const char *folder, int number)
{
    char *argv[] = {"/bin/true", NULL};
    posix_spawn_file_actions_t actions;
    char log[4096];
    pid_t pid;
    int error;

    snprintf(log, sizeof log, "%s/%06d.log", folder, number);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) {
        fprintf(stderr, "posix_spawn: %s\n", strerror(error));
        exit(1);
    }
}

static void end_one(void)
{
    int status;

    if (wait(&status) < 0 || status != 0) {
        fprintf(stderr, "a process failed\n");
        exit(1);
    }
}

int main(int count, char **words)
{
    int number, slots, started, running = 0;

    if (count != 4)
        return 2;
    number = atoi(words[2]);
    slots = atoi(words[3]);
    for (started = 0; started < number; started++) {
        if (running == slots) {
            end_one();
            running--;
        }
        start(words[1], started);
        running++;
    }
    while (running--)
        end_one();
    return 0;
}
