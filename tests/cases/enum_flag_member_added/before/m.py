from enum import Flag


class Perm(Flag):
    READ = 1
    WRITE = 2
