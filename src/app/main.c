#include "midair/app/cli.h"

#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argc;
    return cli_main(argv, environ);
}
