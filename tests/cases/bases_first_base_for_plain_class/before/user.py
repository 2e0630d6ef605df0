from m import Person
