from enum import Flag


class Perm(Flag):
    READ = 1
    WRITE = 2
    RUN = 4
    ALL = READ | WRITE | RUN
