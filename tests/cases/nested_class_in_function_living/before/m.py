def model(name):
    class Model:
        label = name

        def show(self):
            return self.label

    return Model
