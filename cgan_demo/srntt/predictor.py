"""x"""
def make_predictor(network, device="cpu", model_id=""):
    return None
