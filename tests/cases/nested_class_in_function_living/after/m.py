def model(name):
    class Model:
        label = name

        def show(self):
            return f"<{self.label}>"

    return Model
