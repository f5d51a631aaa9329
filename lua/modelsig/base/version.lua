--- The version of the product; the build reads it from here.
return "0.1.0"
