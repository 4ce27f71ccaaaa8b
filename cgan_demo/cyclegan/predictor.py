def make_predictor(network, device="cpu", model_id=""):
    raise NotImplementedError
