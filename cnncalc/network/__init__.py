"""What a network is: its layers with their counts and reach, how it is built, and what is measured of it."""
