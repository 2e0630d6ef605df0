from m import Pixel
